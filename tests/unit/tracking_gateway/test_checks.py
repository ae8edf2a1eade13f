"""Check digits. The examples are worked out by hand in the comments; the properties hold for any serial."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_gateway.domain.numbers import checks

DIGITS = st.text("0123456789", min_size=1, max_size=30)


def test_s10_by_hand() -> None:
    # 1*8+2*6+3*4+4*2+5*3+6*5+7*9+8*7 = 204; 204 mod 11 = 6; 11-6 = 5
    assert checks.s10("12345678") == "5"


def test_s10_special_remainders() -> None:
    # 0*8+0*6+0*4+0*2+4*3+0*5+0*9+0*7 = 12 = 1 mod 11 -> 0; all zeros: 0 mod 11 -> 5
    assert checks.s10("00004000") == "0"
    assert checks.s10("00000000") == "5"


def test_ups_letters_count_as_code_point_minus_three() -> None:
    # A is 65: 62 mod 10 = 2. Weights from the right 1, 2: serial 1A -> 2*1 + 1*2 = 4 -> 6
    assert checks.weighted_mod10("1A", (1, 2)) == "6"


def test_weight_three_from_the_right() -> None:
    # 3*3 + 2*1 + 1*3 = 14 -> 6
    assert checks.weighted_mod10("123", (3, 1)) == "6"


def test_fedex_express_by_hand() -> None:
    # weights 3 1 7: 1*3 + 2*1 + 3*7 + 4*3 = 38; 38 mod 11 = 5
    assert checks.weighted_mod11_mod10("1234", (3, 1, 7)) == "5"
    # a remainder of ten is written as zero: 7*3 = 21; 21 mod 11 = 10 -> 0
    assert checks.weighted_mod11_mod10("7", (3, 1, 7)) == "0"


def test_serial_mod7() -> None:
    assert checks.serial_mod7("123456789") == str(123456789 % 7)


def test_luhn_by_hand() -> None:
    # from the right: 3 doubled 6, 2, 1 doubled 2 -> 10 -> 0
    assert checks.luhn("123") == "0"


def test_mod37_36_is_iso_7064() -> None:
    """The defining property: the hybrid sum over the whole string, check character included, ends at one."""
    serial = "0123ABZ"
    product = 36
    for char in serial:
        product = ((product + checks.ALPHABET.index(char)) % 36 or 36) * 2 % 37
    check = checks.mod37_36(serial)
    assert (product + checks.ALPHABET.index(check)) % 36 == 1


@given(serial=DIGITS, position=st.integers(0, 29), change=st.integers(1, 9))
@pytest.mark.parametrize("weights", [(3, 1), (1, 3)])
def test_weighted_mod10_sees_every_single_wrong_digit(
    weights: tuple[int, int], serial: str, position: int, change: int
) -> None:
    index = position % len(serial)
    wrong = serial[:index] + str((int(serial[index]) + change) % 10) + serial[index + 1 :]
    assert checks.weighted_mod10(serial, weights) != checks.weighted_mod10(wrong, weights)


@given(serial=DIGITS, position=st.integers(0, 29), change=st.integers(1, 9))
def test_luhn_sees_every_single_wrong_digit(serial: str, position: int, change: int) -> None:
    index = position % len(serial)
    wrong = serial[:index] + str((int(serial[index]) + change) % 10) + serial[index + 1 :]
    assert checks.luhn(serial) != checks.luhn(wrong)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no check digit"):
        checks.check_function({"kind": "horoscope"})
