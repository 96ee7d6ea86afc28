"""A complete standard as an agency sends it."""

from typing import Any

COMPLETE: dict[str, Any] = {
    "valid_from": "2025-01-02",
    "requirements": [
        {"name": "KTP elektronik", "issued_by": "Dinas Kependudukan dan Pencatatan Sipil"},
        {"name": "Akta pendirian", "issued_by": "Notaris"},
    ],
    "procedure": ["Ajukan di loket", "Berkas diperiksa", "Izin diambil"],
    "deadline": {"number": 5, "unit": "working_days", "pauses": ["fee_due"]},
    "fee": {"amount": 50_000, "basis": "Perda Kota Padang 1/2024"},
    "product": ["Surat izin"],
    "complaints": ["SP4N-LAPOR!, lapor.go.id"],
    "legal_basis": ["UU 25/2009"],
    "facilities": ["Ruang tunggu", "Ruang laktasi"],
    "competence": ["Memahami perizinan"],
    "supervision": ["Kepala bidang"],
    "staff_number": ["4 orang"],
    "service_guarantee": ["Sesuai standar, tanpa pungutan"],
    "safety_guarantee": ["Berkas disimpan terkunci"],
    "evaluation": ["Survei setiap triwulan"],
    "maklumat": {
        "text": "Kami sanggup melayani sesuai standar.",
        "signed_by": "Kepala Dinas",
        "signed_on": "2025-01-02",
    },
    "reviewed_on": "2025-06-30",
}
