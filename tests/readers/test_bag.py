"""Bags: what others write, what survgui writes, and files that reach for more than they should."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from survgui.cases.cohort import Bag
from survgui.errors import ReadError, StorageError, UnsupportedFormat
from survgui.readers.bag import read_bag, read_bag_attributes, write_bag


def values(rows: int = 300, width: int = 16, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def corners(rows: int = 300) -> NDArray[np.int64]:
    return np.stack([np.arange(rows) * 512, np.arange(rows) + 7], axis=1).astype(np.int64)


def code_of(path: Path) -> str:
    with pytest.raises(ReadError) as caught:
        read_bag(path)
    return caught.value.code


class TestOthersFiles:
    @pytest.mark.parametrize("leading", [False, True])
    def test_clam_and_trident(self, tmp_path: Path, leading: bool) -> None:
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file["features"] = values()[None] if leading else values()
            file.create_dataset("coords", data=corners(), maxshape=(None, 2), chunks=(1, 2))
            file["coords"].attrs["patch_size_level0"] = 512
            file["coords"].attrs["name"] = "slide"
        bag = read_bag(tmp_path / "b.h5")
        np.testing.assert_array_equal(bag.values, values())
        assert bag.coords is not None
        np.testing.assert_array_equal(bag.coords, corners())
        assert (bag.patch, bag.slides) == (512.0, ())
        assert read_bag_attributes(tmp_path / "b.h5") == {"patch_size_level0": 512}

    def test_clam_counts_a_patch_in_pixels_of_its_level(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file["features"], file["coords"] = values(), corners()
            file["coords"].attrs.update({"patch_size": 256, "patch_level": 1, "downsample": [4.0, 4.0]})
        assert read_bag(tmp_path / "b.h5").patch == 1024

    @pytest.mark.parametrize("packed", [{}, {"compression": "gzip", "shuffle": True}, {"compression": "lzf"}])
    @pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int16])
    def test_any_type_and_plain_packing(self, tmp_path: Path, packed: dict[str, Any], dtype: type) -> None:
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file.create_dataset("features", data=(values() * 100).astype(dtype), **packed)
        np.testing.assert_array_equal(read_bag(tmp_path / "b.h5").values, (values() * 100).astype(dtype))

    def test_torch(self, tmp_path: Path) -> None:
        tensor = torch.from_numpy(values())
        torch.save(tensor, tmp_path / "bare.pt")
        torch.save({"features": tensor.bfloat16(), "coords": torch.from_numpy(corners())}, tmp_path / "dict.pt")
        torch.save(tensor, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
        np.testing.assert_array_equal(read_bag(tmp_path / "bare.pt").values, values())
        np.testing.assert_array_equal(read_bag(tmp_path / "old.pt").values, values())
        bag = read_bag(tmp_path / "dict.pt")
        np.testing.assert_allclose(bag.values, values(), rtol=0.01)
        np.testing.assert_array_equal(bag.coords, corners())

    def test_numpy(self, tmp_path: Path) -> None:
        np.savez_compressed(tmp_path / "named.npz", features=values(), coords=corners())
        np.savez(tmp_path / "alone.npz", values())
        np.testing.assert_array_equal(read_bag(tmp_path / "named.npz").coords, corners())
        np.testing.assert_array_equal(read_bag(tmp_path / "alone.npz").values, values())

    def test_one_vector_is_a_bag_of_one(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "b.npz", features=values()[0])
        assert read_bag(tmp_path / "b.npz").values.shape == (1, 16)

    def test_content_counts_not_the_name(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "b.npz", features=values())
        (tmp_path / "b.npz").rename(tmp_path / "b.pt")
        assert len(read_bag(tmp_path / "b.pt")) == 300


class TestRows:
    def test_without_a_number_are_dropped(self, tmp_path: Path) -> None:
        given = values(4)
        given[[1, 3]] = np.nan
        np.savez(tmp_path / "b.npz", features=given, coords=corners(4))
        bag = read_bag(tmp_path / "b.npz")
        np.testing.assert_array_equal(bag.values, given[[0, 2]])
        np.testing.assert_array_equal(bag.coords, corners(4)[[0, 2]])

    def test_may_all_be_dropped(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "b.npz", features=np.full((3, 5), np.nan))
        assert read_bag(tmp_path / "b.npz").values.shape == (0, 5)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
    def test_half_filled_are_damage(self, tmp_path: Path, bad: float) -> None:
        given = values(4).astype(np.float64)
        given[2, 0] = bad
        np.savez(tmp_path / "b.npz", features=given)
        with pytest.raises(ReadError, match=r"1 of 4 rows hold NaN or infinity.*BAG-10"):
            read_bag(tmp_path / "b.npz")

    def test_must_have_their_coordinates(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "b.npz", features=values(5), coords=corners(4))
        with pytest.raises(ReadError, match="do not belong together"):
            read_bag(tmp_path / "b.npz")
        for bad in (np.nan, -np.inf, 1e30):
            np.savez(tmp_path / "b.npz", features=values(1), coords=[[bad, 0]])
            with pytest.raises(ReadError, match="coordinates are impossible"):
                read_bag(tmp_path / "b.npz")


class TestOurFiles:
    def test_come_back_as_written(self, tmp_path: Path) -> None:
        bag = Bag(values().astype(np.float16).astype(np.float32), corners(), 512.5, ("b.svs",) * 100 + ("a.svs",) * 200)
        given = {"encoder": "efficientnet-lite0", "mpp": 0.5, "rows": 300, "slide_sha256": "ab" * 32}
        write_bag(tmp_path / "new" / "b.h5", bag, given)
        back = read_bag(tmp_path / "new" / "b.h5")
        np.testing.assert_array_equal(back.values, bag.values)
        np.testing.assert_array_equal(back.coords, bag.coords)
        assert (back.patch, back.slides) == (512.5, bag.slides)
        attributes = read_bag_attributes(tmp_path / "new" / "b.h5")
        assert attributes.items() >= {**given, "patch_level0": 512.5}.items()

    def test_have_the_documented_form(self, tmp_path: Path) -> None:
        write_bag(tmp_path / "b.h5", Bag(values(), corners()), {})
        with h5py.File(tmp_path / "b.h5") as file:
            features, coords = file["features"], file["coords"]
            assert (features.dtype, features.chunks, features.compression) == (np.float16, (256, 16), None)
            assert (coords.dtype, coords.chunks) == (np.int64, (256, 2))
            assert features.fletcher32
            assert coords.fletcher32

    def test_lose_little_to_half_precision(self, tmp_path: Path) -> None:
        write_bag(tmp_path / "b.h5", Bag(values()), {})
        back = read_bag(tmp_path / "b.h5").values
        cosine = (back * values()).sum(1) / np.linalg.norm(back, axis=1) / np.linalg.norm(values(), axis=1)
        assert cosine.min() > 0.9999

    def test_keep_numbers_that_half_precision_cannot(self, tmp_path: Path) -> None:
        write_bag(tmp_path / "b.h5", Bag(values() * 1e5), {})
        np.testing.assert_array_equal(read_bag(tmp_path / "b.h5").values, values() * np.float32(1e5))

    def test_may_be_empty(self, tmp_path: Path) -> None:
        write_bag(tmp_path / "b.h5", Bag(values(0)), {"encoder": "none"})
        assert read_bag(tmp_path / "b.h5").values.shape == (0, 16)

    def test_are_the_same_bytes_each_time(self, tmp_path: Path) -> None:
        for name in ("1.h5", "2.h5"):
            write_bag(tmp_path / name, Bag(values(), corners(), 256), {"encoder": "e"})
        assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "2.h5").read_bytes()

    def test_a_flipped_bit_is_noticed(self, tmp_path: Path) -> None:
        path = tmp_path / "b.h5"
        write_bag(path, Bag(values()), {})
        content = bytearray(path.read_bytes())
        at = content.index(values()[:1].astype(np.float16).tobytes())
        content[at + 3] ^= 4
        path.write_bytes(content)
        assert code_of(path) == "BAG-10"

    def test_a_name_that_is_taken_changes_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "b.h5").mkdir()
        with pytest.raises(StorageError, match="nothing was changed"):
            write_bag(tmp_path / "b.h5", Bag(values()), {})
        assert [path.name for path in tmp_path.iterdir()] == ["b.h5"]


class TestRefusals:
    def test_coordinates_alone(self, tmp_path: Path, shared_data: Path) -> None:
        path = shared_data / "pathology_features" / "clam_coords_TCGA-2Y-A9GS.h5"
        with pytest.raises(UnsupportedFormat, match="holds coordinates but no features: encode the slide"):
            read_bag(path)
        assert read_bag_attributes(path)["patch_size"] == 512

    def test_neither(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file["weights"] = [1.0]
        assert code_of(tmp_path / "b.h5") == "BAG-13"
        np.savez(tmp_path / "b.npz", coords=corners())
        assert code_of(tmp_path / "b.npz") == "BAG-13"

    @pytest.mark.parametrize("shape", [(), (2, 3, 4), (3, 0), (2, 2, 2, 2)])
    def test_other_shapes(self, tmp_path: Path, shape: tuple[int, ...]) -> None:
        np.savez(tmp_path / "b.npz", features=np.ones(shape))
        assert code_of(tmp_path / "b.npz") == "BAG-08"

    def test_words_and_groups(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "words.h5", "w") as file:
            file["features"] = ["a", "b"]
        with h5py.File(tmp_path / "group.h5", "w") as file:
            file.create_group("features")
        np.savez(tmp_path / "words.npz", features=np.array(["a", "b"]))
        for name in ("words.h5", "group.h5", "words.npz"):
            assert code_of(tmp_path / name) == "BAG-08"

    def test_a_zip_of_something_else(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
            archive.writestr("table.csv", "1,2")
        assert code_of(tmp_path / "b.pt") in ("BAG-10", "BAG-12")


class Runs:
    """Unpickled, it leaves a trace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


class TestTraps:
    def test_values_in_another_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(bytes(1024))
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file.create_dataset("features", (4, 64), "f4", external=[(tmp_path / "secret", 0, 1024)])
        assert code_of(tmp_path / "b.h5") == "BAG-12"

    def test_a_virtual_dataset(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["x"] = values()
        layout = h5py.VirtualLayout((300, 16), "f4")
        layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", (300, 16))
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file.create_virtual_dataset("features", layout)
        assert code_of(tmp_path / "b.h5") == "BAG-12"

    @pytest.mark.parametrize("name", ["features", "coords", "harmless"])
    def test_links(self, tmp_path: Path, name: str) -> None:
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["x"] = values()
        for link in (h5py.ExternalLink(tmp_path / "other.h5", "x"), h5py.SoftLink("/elsewhere")):
            with h5py.File(tmp_path / "b.h5", "w") as file:
                file["more/features"] = values()
                file[name] = link
            assert code_of(tmp_path / "b.h5") == "BAG-12"
            with pytest.raises(ReadError, match="BAG-12"):
                read_bag_attributes(tmp_path / "b.h5")

    def test_a_small_file_that_unpacks_to_gigabytes(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file.create_dataset("features", (2**22, 1024), "f4", chunks=(256, 1024), compression="gzip")
        assert (tmp_path / "b.h5").stat().st_size < 10_000
        assert code_of(tmp_path / "b.h5") == "BAG-09"
        torch.save(torch.zeros(1).expand(2**22, 1024), tmp_path / "b.pt")
        assert code_of(tmp_path / "b.pt") == "BAG-09"
        with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(
                header, {"descr": "<f4", "fortran_order": False, "shape": (2**15, 1024)}
            )
            archive.writestr("features.npy", header.getvalue() + bytes(2**27))
        assert code_of(tmp_path / "b.npz") == "BAG-09"

    def test_a_filter_of_a_plug_in(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "b.h5", "w") as file:
            plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plan.set_chunk((4, 4))
            plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1,))  # zstandard
            space = h5py.h5s.create_simple((4, 4))
            h5py.h5d.create(file.id, b"features", h5py.h5t.IEEE_F32LE, space, plan)
        assert code_of(tmp_path / "b.h5") == "BAG-08"

    def test_no_plug_in_is_looked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HDF5_PLUGIN_PATH", str(tmp_path))
        write_bag(tmp_path / "b.h5", Bag(values()), {})
        assert "HDF5_PLUGIN_PATH" not in os.environ
        assert os.environ["HDF5_PLUGIN_PRELOAD"] == "::"

    def test_code_is_not_run(self, tmp_path: Path) -> None:
        torch.save({"features": Runs(tmp_path / "trace")}, tmp_path / "b.pt")
        torch.save(Runs(tmp_path / "trace"), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
        np.savez(tmp_path / "b.npz", features=np.array([Runs(tmp_path / "trace")], dtype=object))
        assert code_of(tmp_path / "b.pt") == "BAG-12"
        assert code_of(tmp_path / "old.pt") == "BAG-12"
        assert code_of(tmp_path / "b.npz") == "BAG-10"
        assert not (tmp_path / "trace").exists()


def test_features_from_matlab(tmp_path: Path) -> None:
    from scipy.io import savemat

    values = np.arange(12.0).reshape(3, 4)
    savemat(tmp_path / "x_feat.mat", {"image_features": values, "image_names": np.array(["a", "b", "c"])})
    assert np.array_equal(read_bag(tmp_path / "x_feat.mat").values, values)
    savemat(tmp_path / "words.mat", {"names": np.array(["a", "b"])})
    with pytest.raises(UnsupportedFormat, match="BAG-13"):
        read_bag(tmp_path / "words.mat")


def test_real_features_from_matlab(shared_data: Path) -> None:
    bag = read_bag(shared_data / "pathology_features/TCGA-BL-A3JM-01Z-00-DX1_feat.mat")
    assert bag.values.shape == (7, 2048) and bag.coords is None
