"""The C API through ctypes: the built library, its compiler and NVRTC, over the fake driver of the runtime's tests."""

import ctypes
import importlib
import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import raggedc

RUNTIME = os.environ.get("RAGGEDC_TEST_RUNTIME")
DRIVER = os.environ.get("RAGGEDC_TEST_DRIVER")


class Counts(ctypes.Structure):
    """fake_cuda::Counts."""

    _fields_ = [
        (name, ctypes.c_int64)
        for name in (
            "launches", "libraries_loaded", "libraries_live", "graphs_live", "executables_live", "executables_made",
            "executables_updated", "contexts_retained", "attributes_set", "functions_resident", "stream_queries",
            "device_descriptions", "maps_encoded",
        )
    ]  # fmt: skip


class Sources(unittest.TestCase):
    def test_every_file_is_a_program(self):
        # Also those that need PyTorch or a GPU, which no test here can import.
        files = sorted(pathlib.Path(raggedc.__file__).parent.rglob("*.py"))
        self.assertGreater(len(files), 20)
        for path in files:
            with self.subTest(path.name):
                compile(path.read_text(encoding="utf-8"), str(path), "exec")


class Finding(unittest.TestCase):
    def test_folders_of_builds_and_installations(self):
        with tempfile.TemporaryDirectory() as root:
            for folder in ("lib", "bin"):
                os.mkdir(os.path.join(root, folder))
            library = os.path.join(root, "lib", "libragged_runtime.so.0")
            program = os.path.join(root, "bin", "raggedc")
            for path in (library, program):
                with open(path, "w"):
                    pass
            for given in (library, root, os.path.join(root, "lib"), program):
                self.assertEqual(raggedc.find_library(given), library)
            for given in (os.path.join(root, "bin"), os.path.join(root, "nowhere")):
                with self.assertRaisesRegex(FileNotFoundError, "expected libragged_runtime.so.0 in .*, got none"):
                    raggedc.find_library(given)


@unittest.skipUnless(RUNTIME and DRIVER, "RAGGEDC_TEST_RUNTIME and RAGGEDC_TEST_DRIVER name no libraries")
class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = raggedc.Library(RUNTIME, driver=DRIVER, cache="")
        fake = ctypes.CDLL(DRIVER)
        cls.counts = fake._ZN9fake_cuda9GetCountsEv  # returns Counts
        cls.counts.restype = Counts

    @classmethod
    def tearDownClass(cls):
        cls.library.close()

    def launches(self):
        return type(self).counts().launches

    def test_fields_of_a_spec_are_where_the_library_has_them(self):
        text = (
            "f16,heads=6,kv_heads=3,dim=48,dim_v=40,max_seqlen=100,scale=0.5,causal,block_m=32,block_n=48,batch=7,exact"
        )
        spec = self.library.parse(text)
        self.assertEqual(
            (spec.dtype, spec.flags, spec.heads, spec.kv_heads, spec.dim, spec.dim_v, spec.max_seqlen, spec.scale),
            (raggedc.DTYPES["f16"], 1 | raggedc.EXACT, 6, 3, 48, 40, 100, 0.5),
        )
        self.assertEqual((spec.block_m, spec.block_n, spec.batch), (32, 48, 7))
        strided = raggedc.Spec(dtype=0, heads=2, dim=64, max_seqlen=64)
        strided.out_strides[0], strided.out_strides[1] = 256, 64
        self.assertIn("256", self.library.print(strided))  # the last field
        again = self.library.parse(self.library.print(spec))
        self.assertEqual(bytes(again), bytes(spec))

    def test_errors_are_the_librarys_words(self):
        with self.assertRaisesRegex(raggedc.Error, "expected heads to be .*, got 0") as caught:
            self.library.parse("bf16,heads=0,dim=64,max_seqlen=1")
        self.assertEqual(caught.exception.status, 1)
        small = raggedc.Spec(heads=1, dim=64, max_seqlen=1)
        small.struct_size = 4
        with self.assertRaisesRegex(raggedc.Error, "struct_size"):
            self.library.print(small)

    def test_capacity_and_version(self):
        self.assertEqual(self.library.capacity(197), 208)
        self.assertRegex(self.library.version, r"^\d+\.\d+\.\d+$")

    def kernel(self, **fields):
        spec = raggedc.Spec(heads=2, dim=16, max_seqlen=20, flags=raggedc.PACKED | raggedc.EXACT, **fields)
        return self.library.kernel(spec)

    def test_a_launch(self):
        kernel = self.kernel()
        info = kernel.info()
        self.assertEqual((info.capacity, info.arch), (20, b"sm_90a"))
        self.assertIn(b"heads=2,dim=16", info.spec)
        self.assertGreater(info.threads, 0)
        arguments = raggedc.LaunchArgs(sequences=3, q=0x1000, offsets=0x2000, out=0x3000)
        before = self.launches()
        kernel.launch(ctypes.addressof(arguments), 0)
        self.assertEqual(self.launches(), before + 1)
        for field, value in (("q", 0x1008), ("offsets", 0x2002), ("out", 0x3001)):
            arguments = raggedc.LaunchArgs(sequences=3, q=0x1000, offsets=0x2000, out=0x3000)
            setattr(arguments, field, value)
            with self.assertRaisesRegex(raggedc.Error, f"expected (qkv|{field}) to begin at a multiple"):
                kernel.launch(ctypes.addressof(arguments), 0)
        self.assertEqual(self.launches(), before + 1)
        self.assertGreaterEqual(self.library.stats().compiled, 1)

    def test_the_signature_of_pytorch_benchmarks(self):
        class Tensor:
            def __init__(self, shape, dtype="bfloat16", device=None):
                self.shape, self.dtype, self.device = shape, dtype, device
                self.address = 0x10000 * (1 + len(made))
                made.append(self)

            def data_ptr(self):
                return self.address

            def is_contiguous(self):
                return True

        made = []
        stream = types.SimpleNamespace(synchronize=lambda: None)
        torch = types.SimpleNamespace(
            bfloat16="bfloat16", float16="float16", float32="float32", int32="int32", empty=Tensor,
            _C=types.SimpleNamespace(_cuda_getCurrentRawStream=lambda index: 0),
            cuda=types.SimpleNamespace(current_stream=lambda device: stream),
        )  # fmt: skip
        device = type("Device", (), {"index": 0})()
        with mock.patch.dict(sys.modules, {"torch": torch}):
            sys.modules.pop("ours", None)
            ours = importlib.import_module("ours")
        sys.modules.pop("ours", None)
        attend = ours.Attention(self.library)
        qkv, offsets = Tensor((50, 3, 2, 16), device=device), Tensor((4,), "int32", device)
        before, compiled = self.launches(), self.library.stats().compiled
        out = attend(qkv, offsets, 20)
        self.assertEqual((out.shape, out.dtype, out.device), ((50, 2, 16), "bfloat16", device))
        again = attend(qkv, offsets, 20)
        self.assertIsNot(again, out)
        self.assertEqual(self.launches(), before + 2)
        self.assertLessEqual(self.library.stats().compiled, compiled + 1)
        (launcher,) = attend._launchers.values()
        arguments = launcher.arguments
        self.assertEqual(
            (arguments.sequences, arguments.q, arguments.offsets, arguments.out),
            (3, qkv.address, offsets.address, again.address),
        )
        self.assertEqual(launcher.kernel.info().capacity, 20)
        self.assertIn(b"batch=3", launcher.kernel.info().spec)
        rounded = ours.Attention(self.library, exact=False)
        rounded(qkv, Tensor((101,), "int32", device), 20)
        (launcher,) = rounded._launchers.values()
        self.assertEqual(launcher.kernel.info().capacity, 32)
        self.assertIn(b"batch=128", launcher.kernel.info().spec)
        with self.assertRaisesRegex(ValueError, "int32"):
            attend(qkv, Tensor((9,), "int64", device), 20)

    def test_a_missing_library_is_said_in_a_line(self):
        code = "import sys, raggedc; raggedc.Library(sys.argv[1])"
        path = os.path.join(tempfile.gettempdir(), "no-such-folder")
        folder = os.path.dirname(raggedc.__file__)
        done = subprocess.run([sys.executable, "-c", code, path], cwd=folder, capture_output=True, text=True)
        self.assertIn(f"expected libragged_runtime.so.0 in {path}, got none", done.stderr)


if __name__ == "__main__":
    unittest.main()
