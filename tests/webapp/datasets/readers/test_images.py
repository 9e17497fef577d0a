"""Pictures in class folders or with a table of labels: pixels, labels, and what was converted."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.webapp.datasets.readers.outcomes import Reading, reading, refusal
from tests.webapp.datasets.readers.packing import classes, coloured, grey, picture, zipped

RED = np.full((8, 8, 3), (200, 30, 10))
HALF = np.repeat(np.array([[0, 255]], np.uint8), 4, axis=1).repeat(8, axis=0)  # dark left, bright right


def with_one(
    content: bytes, folder: Path, name: str = "a/x.png", **options: object
) -> tuple[Reading, np.ndarray]:
    """The reading of `content` among plain pictures, and what became of it."""
    found = reading(zipped({**classes(), name: content}), folder, **options)
    return found, found.images[found.table["file"].to_list().index(name)]


def test_the_order_is_that_of_the_names_not_of_the_archive(tmp_path: Path) -> None:
    files = list(classes(5).items())
    random.Random(1).shuffle(files)
    found = reading(zipped(dict(files)), tmp_path)
    assert found.table["file"].to_list() == sorted(name for name, _ in files)
    assert found.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 100, 101, 102, 103, 104]


def test_pictures_that_share_a_size_keep_it(tmp_path: Path) -> None:
    found = reading(zipped({f"{c}/{i}.png": grey(i, 9, 14) for c in "ab" for i in range(3)}), tmp_path)
    assert found.images.shape == (6, 9, 14, 1)
    assert "The pictures are 14 × 9 pixels, in shades of grey." in found.notes


def test_a_chosen_side_resizes_all(tmp_path: Path) -> None:
    found = reading(zipped(classes()), tmp_path, side=4)
    assert found.images.shape == (6, 4, 4, 1)
    assert found.images[:, 1, 1, 0].tolist() == [0, 1, 2, 100, 101, 102]
    assert "6 pictures were resized to 4 × 4 pixels." in found.notes


def test_pictures_of_many_sizes_get_a_middle_one(tmp_path: Path) -> None:
    sides = [10, 12, 20, 20, 30, 40, 50]
    found = reading(zipped({f"{'ab'[i % 2]}/{i}.png": grey(i, s, s) for i, s in enumerate(sides)}), tmp_path)
    assert found.images.shape == (7, 20, 20, 1)
    assert "5 pictures were resized to 20 × 20 pixels (they differ in size or are large" in found.notes


def test_large_pictures_become_64_pixels_wide(tmp_path: Path) -> None:
    found = reading(zipped({f"{c}/{i}.png": grey(i, 300, 300) for c in "ab" for i in range(2)}), tmp_path)
    assert found.images.shape == (4, 64, 64, 1)


def test_of_a_long_picture_the_middle_is_taken(tmp_path: Path) -> None:
    strip = np.concatenate([np.zeros((8, 8)), np.full((8, 8), 255), np.zeros((8, 8))], axis=1)
    found, pixels = with_one(picture(strip), tmp_path)
    assert (pixels == 255).all()
    assert "Of 1 picture not square the largest square in the middle was taken." in found.notes


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "WEBP", "JPEG"])
def test_every_kind_of_picture_is_read(kind: str, tmp_path: Path) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    _, pixels = with_one(picture(RED, kind, **options), tmp_path, f"a/x.{kind.lower()}")
    assert np.abs(pixels[4, 4].astype(int) - (200, 30, 10)).max() <= (3 if kind == "JPEG" else 0)


def test_one_coloured_picture_makes_all_coloured(tmp_path: Path) -> None:
    found = reading(zipped({**classes(), "b/9.png": coloured(9, 8, 7)}), tmp_path)
    assert found.images.shape == (7, 8, 8, 3)
    assert found.images[:, 0, 0].tolist() == [
        [0, 0, 0], [1, 1, 1], [2, 2, 2], [100, 100, 100], [101, 101, 101], [102, 102, 102], [9, 8, 7],
    ]  # fmt: skip
    assert "in colour" in found.notes


def test_coloured_pictures_without_colour_are_grey(tmp_path: Path) -> None:
    found, pixels = with_one(coloured(9, 9, 9), tmp_path)
    assert found.images.shape == (7, 8, 8, 1)
    assert (pixels == 9).all()


@pytest.mark.parametrize(("colour", "expected"), [("grey", [79]), ("rgb", [200, 30, 10])])
def test_a_chosen_colour_counts(colour: str, expected: list[int], tmp_path: Path) -> None:
    _, pixels = with_one(picture(RED), tmp_path, colour=colour)
    assert pixels[0, 0].tolist() == expected


def test_a_picture_is_turned_as_its_camera_noted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    found, pixels = with_one(picture(HALF, "JPEG", exif=exif, quality=100), tmp_path, "a/x.jpg")
    assert pixels[0, 0, 0] > 250
    assert pixels[0, 7, 0] < 5
    assert "Turned upright as the camera noted: 1 picture." in found.notes


def test_a_picture_turned_sideways_has_the_size_it_is_seen_in(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    files = {f"{c}/{i}.png": grey(i, 6, 8) for c in "ab" for i in range(2)}
    files["a/x.jpg"] = picture(np.full((8, 6), 9), "JPEG", exif=exif)
    assert reading(zipped(files), tmp_path).images.shape == (5, 6, 8, 1)


def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    frames = [Image.new("L", (8, 8), value) for value in (50, 150, 250)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    found, pixels = with_one(buffer.getvalue(), tmp_path, "a/x.gif")
    assert (pixels == 50).all()
    assert "Of 1 picture with several frames (animations) the first frame was taken." in found.notes


def test_cmyk_becomes_red_green_and_blue(tmp_path: Path) -> None:
    found, pixels = with_one(picture(RED, "JPEG", "CMYK", quality=100), tmp_path, "a/x.jpg")
    assert np.abs(pixels[4, 4].astype(int) - (200, 30, 10)).max() <= 6
    assert "CMYK colours became red, green and blue in 1 picture." in found.notes


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8), 0xABCD, np.uint16)).save(buffer, "PNG")
    found, pixels = with_one(buffer.getvalue(), tmp_path)
    assert (pixels == 0xAB).all()
    assert "16-bit shades became 8-bit ones in 1 picture." in found.notes


def test_one_bit_becomes_black_and_white(tmp_path: Path) -> None:
    _, pixels = with_one(picture(HALF, "PNG", "1"), tmp_path)
    assert pixels[..., 0].tolist() == HALF.tolist()


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    found, pixels = with_one(picture(RED, "PNG", "P"), tmp_path)
    assert np.abs(pixels[0, 0].astype(int) - (200, 30, 10)).max() <= 30
    assert "Palette colours became red, green and blue in 1 picture." in found.notes


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    pixels = np.concatenate([RED, np.full((8, 8, 1), 255)], axis=2)
    pixels[:, :4, 3] = 0
    found, seen = with_one(picture(pixels), tmp_path)
    assert seen[0, 0].tolist() == [255, 255, 255]
    assert seen[0, 7].tolist() == [200, 30, 10]
    assert "What is transparent became white in 1 picture." in found.notes


def test_a_transparent_palette_colour_becomes_white(tmp_path: Path) -> None:
    palette = Image.fromarray(HALF).convert("P")
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=0)
    found, seen = with_one(buffer.getvalue(), tmp_path)
    assert (seen == 255).all()
    assert "transparent" in found.notes


def test_alpha_without_transparency_is_not_mentioned(tmp_path: Path) -> None:
    found, seen = with_one(picture(RED, "PNG", "RGBA"), tmp_path)
    assert seen[0, 0].tolist() == [200, 30, 10]
    assert "transparent" not in found.notes


def test_grey_with_alpha_stays_grey(tmp_path: Path) -> None:
    found, seen = with_one(picture(HALF, "PNG", "LA"), tmp_path)
    assert seen[..., 0].tolist() == HALF.tolist()
    assert found.images.shape[3] == 1


def test_a_wrong_ending_does_not_matter(tmp_path: Path) -> None:
    _, pixels = with_one(picture(HALF, "BMP"), tmp_path, "a/x.jpeg")
    assert pixels[..., 0].tolist() == HALF.tolist()
    (tmp_path / "none").mkdir()
    _, pixels = with_one(grey(77), tmp_path / "none", "a/without")
    assert (pixels == 77).all()


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, 800), (800, 800))
    found, pixels = with_one(picture(ramp, "JPEG", quality=95), tmp_path, "a/x.jpg", side=16)
    assert np.abs(pixels[8, :, 0] - np.linspace(8, 247, 16)).max() < 4
    assert "resized to 16 × 16" in found.notes


def test_unreadable_pictures_are_left_out_and_named_up_to_a_few(tmp_path: Path) -> None:
    files = classes(10) | {"a/3.png": grey(3)[:50], "b/4.png": b"<svg></svg>"}
    found = reading(zipped(files), tmp_path)
    left = [c + i for c in (0, 100) for i in range(10) if c + i not in (3, 104)]
    assert found.images[:, 0, 0, 0].tolist() == left
    assert len(found.table) == 18
    assert "Left out 2 pictures that cannot be read (“a/3.png”: its PNG data cannot be decoded" in found.notes
    assert "“b/4.png”: it is an SVG drawing" in found.notes


def test_too_many_unreadable_pictures_are_refused(tmp_path: Path) -> None:
    files = classes(10) | {f"a/{i}.png": grey(3)[:50] for i in range(3)}
    found = refusal(zipped(files), tmp_path)
    assert "The picture “a/0.png” cannot be read: its PNG data cannot be decoded" in found.message


def test_folders_called_train_and_test_become_the_split(tmp_path: Path) -> None:
    parts = ("train", "Val", "test")
    files = {f"data/{part}/{name}": content for part in parts for name, content in classes().items()}
    found = reading(zipped(files), tmp_path)
    by_part = dict(zip(found.table["file"].str.split("/").list.get(1), found.table["split"], strict=True))
    assert by_part == {"train": "train", "Val": "dev", "test": "test"}
    assert set(found.table["label"]) == {"a", "b"}


def test_parts_may_lie_within_the_classes(tmp_path: Path) -> None:
    files = {f"{c}/{part}/{i}.png": grey(i) for c in "ab" for part in ("train", "test") for i in range(2)}
    found = reading(zipped(files), tmp_path)
    assert found.table["label"].to_list() == ["a"] * 4 + ["b"] * 4
    assert set(found.table["split"]) == {"train", "test"}


def test_classes_that_are_numbers_stay_names(tmp_path: Path) -> None:
    found = reading(zipped({f"{c}/{i}.png": grey(i) for c in range(2) for i in range(3)}), tmp_path)
    assert found.table["label"].to_list() == ["0"] * 3 + ["1"] * 3


def test_pictures_outside_of_class_folders_are_left_out_and_told(tmp_path: Path) -> None:
    found = reading(zipped({**classes(), "cover.png": grey(5)}), tmp_path)
    assert len(found.images) == 6
    assert "Left out 1 picture in no class folder: “cover.png”." in found.notes


PLAIN = {f"images/{i}.png": grey(i) for i in range(4)}
TABLES = {
    "names": "file,label\n0.png,x\n1.png,y\n2.png,x\n3.png,y\n",
    "paths": "path;class\nimages/0.png;x\nimages/1.png;y\nimages/2.png;x\nimages/3.png;y\n",
    "stems": "label\tid\nx\t0\ny\t1\nx\t2\ny\t3\n",
    "Windows paths": "file,label\nimages\\0.png,x\nimages\\1.png,y\nimages\\2.png,x\nimages\\3.png,y\n",
    "more columns": "id,file,height,label\n7,0.png,1,x\n6,1.png,2,y\n5,2.png,2,x\n4,3.png,9,y\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_beside_the_pictures_gives_their_labels(table: str, tmp_path: Path) -> None:
    found = reading(zipped({**PLAIN, "labels.csv": table}), tmp_path)
    assert found.table["label"].to_list() == ["x", "y", "x", "y"]
    assert found.table["file"].to_list() == list(PLAIN)
    assert "Read 4 pictures with their labels from “labels.csv”." in found.notes


def test_numbers_as_labels_of_a_table_are_numbers(tmp_path: Path) -> None:
    table = "file,age\n0.png,20.5\n1.png,31\n2.png,4\n3.png,77\n"
    assert reading(zipped({**PLAIN, "ages.csv": table}), tmp_path).table["label"].to_list() == [
        20.5,
        31,
        4,
        77,
    ]


def test_what_table_and_pictures_do_not_share_is_told(tmp_path: Path) -> None:
    table = "file,label\n0.png,x\n1.png,y\n2.png,x\n9.png,y\n"
    found = reading(zipped({**PLAIN, "labels.csv": table}), tmp_path)
    assert len(found.images) == len(found.table) == 3
    assert "Left out 1 picture not mentioned in “labels.csv”: “images/3.png”." in found.notes
    assert "“labels.csv” mentions 1 without a picture of that name: “9.png”." in found.notes


def test_a_table_may_say_which_pictures_train(tmp_path: Path) -> None:
    table = "file,label,split\n0.png,x,train\n1.png,y,train\n2.png,x,val\n3.png,y,test\n"
    found = reading(zipped({**PLAIN, "labels.csv": table}), tmp_path)
    assert found.table["split"].to_list() == ["train", "train", "dev", "test"]


def test_a_table_for_each_part_says_which_pictures_train(tmp_path: Path) -> None:
    tables = {"train.csv": "file,label\n0.png,x\n1.png,y\n2.png,x\n", "test.csv": "file,label\n3.png,y\n"}
    found = reading(zipped({**PLAIN, **tables}), tmp_path)
    assert found.table["split"].to_list() == ["train", "train", "train", "test"]


def test_a_table_that_says_two_things_is_refused(tmp_path: Path) -> None:
    table = "file,label\n0.png,x\n1.png,y\n2.png,x\n0.png,y\n"
    found = refusal(zipped({**PLAIN, "labels.csv": table}), tmp_path)
    assert "“labels.csv” gives “images/0.png” two labels, “x” and “y” (row 5)" in found.message


def test_a_table_with_several_columns_that_may_be_labels_is_refused(tmp_path: Path) -> None:
    table = "file,size,weight\n0.png,1,2\n1.png,2,2\n2.png,1,1\n3.png,1,1\n"
    found = refusal(zipped({**PLAIN, "labels.csv": table}), tmp_path)
    assert "which of its columns is their label is not clear: size, weight" in found.message


def test_pictures_without_any_label_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    found = refusal(zipped(PLAIN), tmp_path / "one")
    assert "All pictures lie in one class folder, “images”, and no table gives them labels." in found.message
    found = refusal(zipped({**PLAIN, "labels.csv": "file,label\nu,x\nv,y\nw,y\n"}), tmp_path)
    assert "“labels.csv” names none of them" in found.message


def test_tables_among_a_few_pictures_are_what_is_meant(tmp_path: Path) -> None:
    table = "a,b\n1,2\n3,4\n5,6\n"
    found = reading(zipped({"logo.png": grey(1), "data.csv": table}), tmp_path)
    assert found.images is None
    assert "Not used: “logo.png”." in found.notes
