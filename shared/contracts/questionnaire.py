"""The national questionnaire in words: nine elements, four answers each, 1 → 4.

PermenPANRB 14/2017, annex. Whoever asks and whoever reports must say the same. Plain data of the
standard library, so that rules may use it, too.
"""

from typing import NamedTuple

# Indonesian, English.
Words = tuple[str, str]
Answers = tuple[Words, Words, Words, Words]


class NationalQuestion(NamedTuple):
    """One element by its code: its name, the question, the answers 1, 2, 3 and 4."""

    element: str
    name: Words
    text: Words
    answers: Answers


def _graded(indonesian: str, english: str) -> Answers:
    """Not, not very, –, very: the scale of most elements."""
    return (
        (f"Tidak {indonesian}", f"Not {english}"),
        (f"Kurang {indonesian}", f"Not very {english}"),
        (indonesian.capitalize(), english.capitalize()),
        (f"Sangat {indonesian}", f"Very {english}"),
    )


NATIONAL_QUESTIONS = (
    NationalQuestion(
        "requirements",
        ("Persyaratan", "Requirements"),
        (
            "Bagaimana pendapat Saudara tentang kesesuaian persyaratan pelayanan dengan jenis "
            "pelayanannya?",
            "How well did the requirements suit the kind of service?",
        ),
        (
            ("Tidak sesuai", "Not suitable"),
            ("Kurang sesuai", "Not very suitable"),
            ("Sesuai", "Suitable"),
            ("Sangat sesuai", "Very suitable"),
        ),
    ),
    NationalQuestion(
        "procedure",
        ("Sistem, mekanisme, dan prosedur", "Procedure"),
        (
            "Bagaimana pemahaman Saudara tentang kemudahan prosedur pelayanan di unit ini?",
            "How easy was the procedure of this unit?",
        ),
        _graded("mudah", "easy"),
    ),
    NationalQuestion(
        "time",
        ("Waktu penyelesaian", "Completion time"),
        (
            "Bagaimana pendapat Saudara tentang kecepatan waktu dalam memberikan pelayanan?",
            "How fast was the service given?",
        ),
        _graded("cepat", "fast"),
    ),
    NationalQuestion(
        "cost",
        ("Biaya/tarif", "Cost"),
        (
            "Bagaimana pendapat Saudara tentang kewajaran biaya/tarif dalam pelayanan?",
            "How reasonable was the fee?",
        ),
        (
            ("Sangat mahal", "Very expensive"),
            ("Cukup mahal", "Rather expensive"),
            ("Murah", "Cheap"),
            ("Gratis", "Free of charge"),
        ),
    ),
    NationalQuestion(
        "product",
        ("Produk spesifikasi jenis pelayanan", "Product"),
        (
            "Bagaimana pendapat Saudara tentang kesesuaian produk pelayanan antara yang "
            "tercantum dalam standar pelayanan dengan hasil yang diberikan?",
            "How well did the result match what the service standard promises?",
        ),
        (
            ("Tidak sesuai", "Not as promised"),
            ("Kurang sesuai", "Not quite as promised"),
            ("Sesuai", "As promised"),
            ("Sangat sesuai", "Fully as promised"),
        ),
    ),
    NationalQuestion(
        "competence",
        ("Kompetensi pelaksana", "Staff competence"),
        (
            "Bagaimana pendapat Saudara tentang kompetensi/kemampuan petugas dalam pelayanan?",
            "How competent were the staff?",
        ),
        _graded("kompeten", "competent"),
    ),
    NationalQuestion(
        "behaviour",
        ("Perilaku pelaksana", "Staff behaviour"),
        (
            "Bagaimana pendapat Saudara tentang perilaku petugas terkait kesopanan dan keramahan?",
            "How polite and friendly were the staff?",
        ),
        _graded("sopan dan ramah", "polite and friendly"),
    ),
    NationalQuestion(
        "complaints",
        ("Penanganan pengaduan, saran dan masukan", "Complaint handling"),
        (
            "Bagaimana pendapat Saudara tentang penanganan pengaduan pengguna layanan?",
            "How are complaints of users handled?",
        ),
        (
            ("Tidak ada", "There is none"),
            ("Ada tetapi tidak berfungsi", "There is one, but it does not work"),
            ("Berfungsi kurang maksimal", "It works, but not fully"),
            ("Dikelola dengan baik", "Well managed"),
        ),
    ),
    NationalQuestion(
        "facilities",
        ("Sarana dan prasarana", "Facilities"),
        (
            "Bagaimana pendapat Saudara tentang kualitas sarana dan prasarana?",
            "How good are the facilities?",
        ),
        (
            ("Buruk", "Bad"),
            ("Cukup", "Fair"),
            ("Baik", "Good"),
            ("Sangat baik", "Very good"),
        ),
    ),
)
