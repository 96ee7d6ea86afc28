"""What codes are called in reports, in both languages. An unknown code is shown as it is."""

from collections.abc import Mapping

from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.report_rows import Words

ATTRIBUTES: Mapping[str, Words] = {
    "sex": ("Jenis kelamin", "Sex"),
    "age": ("Usia", "Age"),
    "age_band": ("Usia", "Age"),
    "education": ("Pendidikan terakhir", "Education"),
    "occupation": ("Pekerjaan", "Occupation"),
    "service": ("Layanan yang diterima", "Service received"),
    "disability": ("Penyandang disabilitas", "Persons with a disability"),
}
OPTIONS: Mapping[str, Words] = {
    "female": ("Perempuan", "Female"),
    "male": ("Laki-laki", "Male"),
    "under_17": ("Di bawah 17 tahun", "Under 17"),
    "17_25": ("17–25 tahun", "17–25"),
    "26_35": ("26–35 tahun", "26–35"),
    "36_45": ("36–45 tahun", "36–45"),
    "46_55": ("46–55 tahun", "46–55"),
    "56_65": ("56–65 tahun", "56–65"),
    "over_65": ("Di atas 65 tahun", "Over 65"),
    "sd": ("SD", "Primary school (SD)"),
    "smp": ("SMP", "Junior high school (SMP)"),
    "sma": ("SMA/SMK", "Senior high school (SMA/SMK)"),
    "d1": ("D1", "Diploma 1 (D1)"),
    "d2": ("D2", "Diploma 2 (D2)"),
    "d3": ("D3", "Diploma 3 (D3)"),
    "s1": ("S1/D4", "Bachelor (S1/D4)"),
    "s2": ("S2", "Master (S2)"),
    "s3": ("S3", "Doctor (S3)"),
    "pns": ("PNS", "Civil servant (PNS)"),
    "tni": ("TNI", "Armed forces (TNI)"),
    "polri": ("Polri", "Police (Polri)"),
    "aparatur": ("PNS/TNI/Polri", "Civil servant, armed forces or police"),
    "swasta": ("Karyawan swasta", "Private employee"),
    "wirausaha": ("Wirausaha", "Self-employed"),
    "pelajar": ("Pelajar/mahasiswa", "Student"),
    "lainnya": ("Lainnya", "Other"),
    "yes": ("Ya", "Yes"),
    "no": ("Tidak", "No"),
    "unstated": ("Tidak menyebutkan", "Not stated"),
}
# The tables of chapter III and the numbers of the sheet, in the order of the regulation's form.
SHEET_ATTRIBUTES = ("sex", "education", "age", "age_band", "occupation")
RULE_SETS: Mapping[str, Words] = {
    "permenpanrb-14-2017": (
        "Peraturan Menteri PANRB Nomor 14 Tahun 2017",
        "Regulation 14/2017 of the Minister of Administrative Reform (PermenPANRB)",
    ),
    "kepmenpan-25-2004": (
        "Keputusan Menteri PAN Nomor KEP/25/M.PAN/2/2004",
        "Decree KEP/25/M.PAN/2/2004 of the Minister of Administrative Reform",
    ),
}
WEIGHT_METHODS: Mapping[WeightMethod, Words] = {
    WeightMethod.EXACT: (
        "bobot pecahan tepat, tanpa pembulatan antara",
        "the exact fraction, with no rounding on the way",
    ),
    WeightMethod.THREE_DECIMALS: (
        "bobot dipotong menjadi tiga desimal",
        "the weight cut to three decimals",
    ),
    WeightMethod.TWO_DECIMALS: (
        "bobot dipotong menjadi dua desimal",
        "the weight cut to two decimals",
    ),
}
PROVISIONAL: Words = ("Sementara", "Provisional")
SIMULATED: Words = ("Data simulasi", "Simulated data")
LIVE: Words = ("Angka berjalan", "Running figure")
TITLE: Words = ("Laporan Survei Kepuasan Masyarakat", "Public Satisfaction Survey Report")
INDEX_NAME: Words = ("Indeks Kepuasan Masyarakat", "Public Satisfaction Index")
