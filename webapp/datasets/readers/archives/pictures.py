"""One picture: bytes of whatever kind become pixels, upright, in shades of grey or in red, green and blue."""

import io
from collections import Counter

import numpy as np
from PIL import Image, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

MAX_PIXELS = 50_000_000
MAX_BYTES = 64 << 20
OPENERS = {
    "PNG": PngImageFile,
    "JPEG": jpeg_factory,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "WebP": WebPImageFile,
}
BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
ORIENTATION = ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp")
PLAIN = ("L", "RGB")
WHITE = (255, 255, 255, 255)
NOT_READ = (
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"ii*\0", "a TIFF picture"),
    (b"mm\0*", "a TIFF picture"),
    (b"%pdf", "a PDF document"),
)  # fmt: skip


class PictureError(Exception):
    """A picture that cannot be read, and why."""


def kind_of(head: bytes) -> str:
    """The format of a picture that begins with `head`; empty when it is none that is read."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return "BMP"
    return ""


def opened(content: bytes) -> Image.Image:
    """The picture, its header read and its pixels not yet. Raises PictureError."""
    kind = kind_of(content)
    if not kind:
        raise PictureError(_what_else(content))
    try:
        picture = OPENERS[kind](io.BytesIO(content))
    except Exception as error:  # whatever a decoder says of bytes from outside
        raise _unreadable(kind, error) from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise PictureError(f"it says that it has {width:,} × {height:,} pixels, more than are decoded")
    if not width or not height:
        raise PictureError("it has no pixels")
    return picture


def decoded(picture: Image.Image, facts: Counter[str]) -> Image.Image:
    """The pixels of an opened picture, upright, in mode L or RGB. Raises PictureError.

    `facts` counts what had to be converted.
    """
    try:
        picture.load()
        return _converted(picture, facts)
    except Exception as error:  # whatever a decoder says of bytes from outside
        raise _unreadable(picture.format or "", error) from error


def square(picture: Image.Image, side: int) -> Image.Image:
    """The largest square in the middle, brought to `side` pixels; the same for training and prediction."""
    if picture.size == (side, side):
        return picture
    return ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)


def is_grey(picture: Image.Image) -> bool:
    """Whether red, green and blue are the same in every pixel."""
    if picture.mode == "L":
        return True
    pixels = np.asarray(picture)
    return bool((pixels[..., 1:] == pixels[..., :1]).all())


def _converted(picture: Image.Image, facts: Counter[str]) -> Image.Image:
    if not picture.info and picture.mode in PLAIN:
        return picture  # nothing is said about it: nearly every PNG
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        facts["animated"] += 1
    if not picture.info.keys().isdisjoint(ORIENTATION):
        turned = ImageOps.exif_transpose(picture)
        facts["turned"] += turned.getexif() != picture.getexif()
        picture = turned
    if picture.mode in PLAIN:
        return _flattened(picture, facts) if "transparency" in picture.info else picture
    if picture.mode.startswith("I"):
        facts["16-bit"] += 1
        return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode == "CMYK":
        facts["CMYK"] += 1
    elif picture.mode in ("P", "PA"):
        facts["palette"] += 1
    if picture.has_transparency_data:
        return _flattened(picture, facts)
    return picture.convert("RGB")


def _flattened(picture: Image.Image, facts: Counter[str]) -> Image.Image:
    """The picture on a white ground."""
    layers = picture.convert("RGBA")
    grey = picture.mode in ("L", "LA", "La")
    if layers.getchannel("A").getextrema() != (255, 255):
        facts["transparent"] += 1
        layers = Image.alpha_composite(Image.new("RGBA", layers.size, WHITE), layers)
    return layers.convert("L" if grey else "RGB")


def _what_else(content: bytes) -> str:
    if not content:
        return "it is empty"
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    what = next((what for magic, what in NOT_READ if start.startswith(magic)), "")
    return f"it is {what}" if what else "it is not a PNG, JPEG, WebP, GIF or BMP picture"


def _unreadable(kind: str, error: Exception) -> PictureError:
    reason = (str(error).splitlines() or [""])[0][:100] or type(error).__name__
    return PictureError(f"its {kind} data cannot be decoded ({reason})")
