"""What is planted in the simulated city to be found, and where to look for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nature:
    """How a service is. `quality`: what people think of it on the scale 1-4, `drift`: how much of
    that is added between the first and the last day. `late`: the share of applications that is
    decided too late, `tempo`: how much of the promised time the others take.
    """

    quality: float
    late: float
    tempo: float
    drift: float = 0.0


DISLIKED = "dishub.uji-kir"
LATE = "perumda-air-minum.sambungan-baru"
WORSENING = "rsud-rasidin.rawat-jalan"
CHEATING = "kec-kuranji.usaha-mikro"
FORGETFUL = "kantah.balik-nama"
RESTATED = "bapenda.pbb"
SILENT = frozenset({"satpolpp"})

NATURES: Mapping[str, Nature] = {
    DISLIKED: Nature(quality=2.3, late=0.0, tempo=0.25),
    LATE: Nature(quality=3.8, late=0.6, tempo=0.9),
    WORSENING: Nature(quality=3.6, late=0.1, tempo=0.7, drift=-0.9),
    FORGETFUL: Nature(quality=3.3, late=0.1, tempo=0.8),
}

# How often a service is asked for, against an ordinary one.
BUSY: Mapping[str, float] = {
    "disdukcapil.ktp-baru": 5,
    "disdukcapil.kk": 5,
    "disdukcapil.akta-lahir": 4,
    "disdukcapil.ikd": 3,
    "samsat.pajak-tahunan": 5,
    "dpmptsp.nib": 4,
    "dinkes.jkn-daerah": 2,
    "bpjs-kesehatan.peserta": 3,
    "polresta.skck": 3,
    "polresta.sim-a": 3,
    "imigrasi.paspor": 3,
    "rsud-rasidin.rawat-inap": 2,
    WORSENING: 5,
    DISLIKED: 3,
    LATE: 3,
    CHEATING: 2,
    FORGETFUL: 2,
    RESTATED: 2,
}

# Cases that nobody ever decides, of those that ask for FORGETFUL: one in so many.
FORGOTTEN = 4
# The clerk of CHEATING: so many best answers on each of so many days, one every three minutes.
CLERK_DAYS = 3
CLERK_ANSWERS = 40
CLERK_MINUTES = 3


@dataclass(frozen=True, slots=True)
class Planted:
    """Something to be found: of which agency, what it is (Indonesian, English), where to look."""

    service: str
    indonesian: str
    english: str
    look: tuple[str, ...]


def planted(year: int, agencies: Collection[str]) -> list[Planted]:
    """What is planted in a city of these agencies."""
    facts = (
        Planted(
            DISLIKED,
            "cepat, tetapi tidak disukai",
            "fast but disliked",
            (f"/layanan/{DISLIKED}", f"rancak performance service:{DISLIKED} {year}"),
        ),
        Planted(
            LATE,
            "dipuji, tetapi terlambat",
            "praised but late",
            (f"/layanan/{LATE}", f"rancak performance service:{LATE} {year}"),
        ),
        Planted(
            WORSENING,
            "memburuk sepanjang tahun",
            "worsens through the year",
            (f"/layanan/{WORSENING}", f"rancak trend service:{WORSENING} --grain quarter"),
        ),
        Planted(
            CHEATING,
            "petugas mengisi sendiri nilai 4 berderet",
            "a clerk enters rows of 4s himself",
            (f"rancak integrity service:{CHEATING} {year}",),
        ),
        Planted(
            FORGETFUL,
            "permohonan yang tidak pernah diputus",
            "applications that nobody ever decides",
            (f"rancak deadlines service:{FORGETFUL} {year}",),
        ),
        Planted(
            RESTATED,
            "mengumumkan angka lain daripada jumlahnya sendiri",
            "published a figure that its own sums do not make",
            (f"/instansi/{RESTATED.partition('.')[0]}", f"rancak external list service:{RESTATED}"),
        ),
        Planted(
            "satpolpp.",
            "instansi yang diam: tidak satu pun jawaban",
            "a silent agency: not one answer",
            ("/instansi/satpolpp",),
        ),
    )
    return [fact for fact in facts if fact.service.partition(".")[0] in agencies]
