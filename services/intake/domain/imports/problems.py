"""Why a whole import failed while it ran, in words: Indonesian first, English second."""

from services.intake.domain.imports.faults import FILE_FAULTS

_JOB_FAULTS = {
    "key_revoked": "Kunci dicabut selagi impor berjalan · The key was revoked during the import",
    "unknown_place": "Tempat tidak terdaftar · The place is not registered",
    "unknown_agency": "Instansi tidak terdaftar · The agency is not registered",
    "gave_up": "Berulang kali terhenti; hubungi pengelola · It stopped again and again; "
    "tell the operator",
    "internal": "Kesalahan di pihak kami; hubungi pengelola · A fault on our side; "
    "tell the operator",
}


def job_message(code: str) -> str:
    """A failed import's reason in words."""
    return _JOB_FAULTS.get(code) or FILE_FAULTS.get(code) or _JOB_FAULTS["internal"]
