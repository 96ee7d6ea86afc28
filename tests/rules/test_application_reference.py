"""References: an agency's own number, never what may be a person's."""

import pytest

from services.intake.domain.applications import reference_fault


@pytest.mark.parametrize(
    "reference",
    [
        "1371041208850003",
        "137104.120885.0003",
        "1371-0412-0885-0003",
        "1371_0412_0885_0003",
        "NIK1371041208850003",
        "IMB/1371041208850003/2026",
        "092542943407000",
        "09.254.294.3-407.000",
        "0925.4294.3407.0000",
    ],
)
def test_what_may_be_a_nik_or_an_npwp_is_refused(reference: str) -> None:
    assert reference_fault(reference) == "personal_number"


@pytest.mark.parametrize(
    "reference",
    [
        "IMB-2026/000417",
        "503/0417/DPMPTSP/IX/2026",
        "9120304567890",  # a NIB has 13 digits
        "20260914000123",
        "12345678901234567",
        "2026-09-14-000000000417",
        "a1b2c3d4e5f6a7b8",
    ],
)
def test_a_number_of_the_agencys_own_is_fine(reference: str) -> None:
    assert reference_fault(reference) is None
