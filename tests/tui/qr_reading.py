"""Addresses to draw as QR codes, and a reader that is stricter than the best telephone."""

import zxingcpp

from core.totp import address
from tests.e2e.picture import Image

KEY = "JBSWY3DPEHPK3PXPGEZDGNBVGY3TQOJQ"
LENGTHS = (8, 20, 40, 64)


def email(length: int) -> str:
    """An e-mail address of so many characters."""
    return "jane.doe.of.the.long.name.and.of.many.more.names.yet".ljust(length, "x")[: length - 6] + "@ex.pl"


def key_of(length: int) -> str:
    """Another key for each length, so that one screen is told from the next."""
    return KEY[length % 11 :] + KEY[: length % 11]


def otpauth(length: int) -> str:
    """The address of an authenticator whose owner's e-mail address has so many characters."""
    return address(key_of(length), email=email(length), issuer="Bartizan")


def dark_on_light_codes(image: Image) -> list[str]:
    """The texts of the QR codes that are dark on light: not every app reads the others."""
    grey = memoryview(image.grey()).cast("B", (image.height, image.width))
    qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    codes = zxingcpp.read_barcodes(grey, qr, try_invert=False, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in codes if code.valid]
