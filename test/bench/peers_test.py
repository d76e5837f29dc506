import contextlib
import io
import os
import random
import sys
import tempfile
import types
import unittest
import warnings
from unittest import mock

import attention
import cell
import floors
import peers
import report
from peers import flex, sdpa

OPTIONS = types.SimpleNamespace(quick=True, library=None)


def without(*modules):
    """As on a machine that lacks them; what was imported already is imported again."""
    hidden = {name: None for name in modules}
    ours = [name for name in sys.modules if name.startswith("peers.triton_kernel") or name == "ours"]
    return mock.patch.dict(sys.modules, {**hidden, **{name: None for name in ours}})


class Guards(unittest.TestCase):
    def test_a_machine_without_anything_lists_all_as_missing(self):
        with without("torch", "triton", "flash_attn", "flash_attn.cute", "flash_attn_interface", "flashinfer"):
            made, missing = peers.make(peers.classes(), OPTIONS)
        self.assertEqual(made, [])
        self.assertEqual(set(missing), {kind.name for kind in peers.classes()})
        for name, reason in missing.items():
            self.assertRegex(reason, "torch|triton|flash_attn|flashinfer|ours", name)

    def test_whatever_a_library_raises(self):
        class Broken(peers.Peer):
            name = "broken"

            def __init__(self, options):
                raise OSError("libsomething.so: undefined symbol: x\nand more")

        class Fine(peers.Peer):
            name = "fine"

        made, missing = peers.make([Broken, Fine], OPTIONS)
        self.assertEqual([peer.name for peer in made], ["fine"])
        self.assertEqual(missing, {"broken": "OSError: libsomething.so: undefined symbol: x"})

    def test_names_and_words(self):
        kinds = peers.classes()
        self.assertEqual(len({kind.name for kind in kinds}), len(kinds))
        self.assertEqual(len({kind.title for kind in kinds}), len(kinds))
        for kind in kinds:
            self.assertTrue(kind.name and kind.title and kind.about, kind)
            self.assertIn(kind.padding, (None, "longest", "capacity"))
        self.assertEqual(kinds[0].name, report.OURS)

    def test_choosing(self):
        names = lambda which: [kind.name for kind in peers.choose(which)]  # noqa: E731
        self.assertEqual(len(names("all")), len(peers.classes()))
        self.assertEqual(names("flex,fa2_varlen"), ["raggedc", "fa2_varlen", "flex"])
        self.assertIn("triton_varlen", names("fast"))
        self.assertNotIn("flex", names("fast"))
        with self.assertRaisesRegex(ValueError, "expected fast, all or some of raggedc, .*, got fa5$"):
            peers.choose("fa5")


class Sdpa(unittest.TestCase):
    """Over a PyTorch that is none."""

    def make(self, kind):
        torch = types.ModuleType("torch")
        torch.nn = types.SimpleNamespace(functional=types.SimpleNamespace(scaled_dot_product_attention=None))
        attention_module = types.ModuleType("torch.nn.attention")
        attention_module.SDPBackend = mock.Mock()
        attention_module.sdpa_kernel = None
        modules = {"torch": torch, "torch.nn": types.ModuleType("torch.nn"), "torch.nn.attention": attention_module}
        with mock.patch.dict(sys.modules, modules):
            return kind(OPTIONS)

    def test_why_a_backend_refuses_is_not_warned_of(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.make(sdpa.Longest)
            at = "(Triggered internally at /a/native/transformers/"
            for text in (
                f"Memory efficient kernel not used because: {at}cuda/sdp_utils.cpp:909.)",
                f"Expected query, key and value to\nall be of dtype: {{Half}} {at}sdp_utils_cpp.h:110.)",
                "something else",
            ):
                warnings.warn(text, UserWarning, stacklevel=1)
        self.assertEqual([str(w.message) for w in caught], ["something else"])

    def test_backends_without_f32_say_so(self):
        work = types.SimpleNamespace(cell=types.SimpleNamespace(dtype="f32"))
        for kind in sdpa.PEERS:
            with warnings.catch_warnings():
                peer = self.make(kind)
            if kind.backend in ("CUDNN_ATTENTION", "FLASH_ATTENTION"):
                with self.assertRaisesRegex(peers.Unsupported, "takes bf16 and f16 only"):
                    peer.prepare(work)
            else:
                self.assertTrue(peer.takes_f32, kind)


class FlexBlocks(unittest.TestCase):
    def assert_blocks(self, lengths, block):
        owner = [i for i, n in enumerate(lengths) for _ in range(n)]
        total = len(owner)
        spans, whole = flex.block_rows(lengths, block)
        self.assertEqual(len(spans), -(-total // block))
        for row, ((low, high), (begin, end)) in enumerate(zip(spans, whole)):
            mine = set(owner[row * block : (row + 1) * block])
            for column in range(-(-total // block)):
                theirs = owner[column * block : (column + 1) * block]
                some = bool(mine & set(theirs))
                rows_full = (row + 1) * block <= total and len(theirs) == block
                every = rows_full and len(mine) == 1 and set(theirs) == mine
                self.assertEqual(low <= column < high, some, (lengths, block, row, column))
                self.assertEqual(begin <= column < end, every, (lengths, block, row, column))

    def test_against_the_mask_of_all_pairs(self):
        self.assert_blocks([300], 128)
        self.assert_blocks([64, 64, 128, 0, 200, 1], 64)
        self.assert_blocks([0, 0, 5, 0], 4)
        seed = random.SystemRandom().randrange(1 << 30)
        generator = random.Random(seed)
        for _ in range(50):
            lengths = [generator.choice((0, 1, 7, 16, 40)) for _ in range(generator.randrange(1, 8))] + [1]
            with self.subTest(f"seed {seed}"):
                self.assert_blocks(lengths, generator.choice((4, 16)))


class Ours(peers.Peer):
    name, title, about, ours, fast = "raggedc", "raggedc", "ours", True, True
    error = 1e-3

    def prepare(self, work):
        return lambda: self.error


class Other(Ours):
    name, title, ours = "other", "Other", False


class Wrong(Other):
    name, title, error = "wrong", "Wrong", 0.5


class Nan(Other):
    name, title, error = "nan", "Nan", float("inf")


class Raises(Other):
    name, title = "raises", "Raises"

    def prepare(self, work):
        raise RuntimeError("no kernel")


class FailsLater(Other):
    name, title = "fails_later", "Fails later"


class Slow(Other):
    name, title = "slow", "Slow"

    def prepare(self, work):
        Run.now += 100
        return lambda: 0.0


class Missing(Other):
    name, title = "absent", "Absent"

    def __init__(self, options):
        raise ImportError("No module named 'absent'")


class Run(unittest.TestCase):
    """The script itself, over a GPU that is none."""

    now = 0.0

    def run_script(self, kinds, *arguments, library_checks=lambda stream: None):
        test, self.timed, self.written = self, [], []

        class Method:
            graph = True

            def __init__(self, name, call):
                test.timed.append(name)
                self.name, self.error = name, None

        class Timer:
            def __init__(self, effort):
                pass

            def run(self, methods):
                for method in methods:
                    if method.name == "fails_later":
                        method.error = RuntimeError("illegal address")

        def times(method):
            us = 2.0 if method.name == "raggedc" else 3.0
            return {
                kind: {"median": us, "p10": us, "p90": us, "samples": 1}
                for kind in ("warm", "cold", "enqueue", "wall", "back_to_back")
            }

        class Workload:
            def __init__(self, what, device):
                self.cell = what

            def error(self, rows, padding):
                return rows

            def poison(self):
                pass

            def forget_reference(self):
                pass

        cuda = types.SimpleNamespace(
            is_available=lambda: True, init=lambda: None, synchronize=lambda: None, empty_cache=lambda: None,
            current_stream=lambda: types.SimpleNamespace(cuda_stream=0),
        )  # fmt: skip
        library = types.SimpleNamespace(check=library_checks, version="0")
        header = {**report.load(os.path.join(os.path.dirname(__file__), "Inputs", "recorded.json"))["machine"]}
        modules = {
            "torch": types.SimpleNamespace(cuda=cuda, set_grad_enabled=lambda on: None),
            "timing": types.SimpleNamespace(Method=Method, Timer=Timer, times=times),
            "workload": types.SimpleNamespace(Workload=Workload),
            "machine": types.SimpleNamespace(
                measure_rates=lambda: floors.Rates(4e12, 8e12, 60 << 20, 8e14, 4e12, True),
                gpu_uuid=lambda: "",
                describe=lambda library, commit: header,
                smi=lambda *fields: {},
            ),  # fmt: skip
        }
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(sys.modules, modules), mock.patch("peers.choose", lambda which: kinds),
            mock.patch("raggedc.Library", lambda path: library),
            mock.patch("attention.time", types.SimpleNamespace(perf_counter=lambda: Run.now, monotonic=lambda: 0.0)),
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        ):  # fmt: skip
            status = attention.main(["--only", "4 x 197", *arguments])
        return status, out.getvalue(), err.getvalue()

    def test_what_is_wrong_or_broken_is_said_and_not_timed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.json")
            status, out, err = self.run_script(
                [Ours, Other, Wrong, Nan, Raises, FailsLater, Missing], "--json", path, "--markdown", path + ".md"
            )
            document = report.load(path)
            with open(path + ".md") as file:
                self.assertEqual(file.read(), out.rstrip("\n") + "\n")
        self.assertEqual(status, 0)
        # The names of cells hold "4 x 197" for 64 sequences too.
        count = len([c for c in cell.load_cells("main") if "4 x 197" in c.name])
        self.assertEqual(len(document["cells"]), count)
        self.assertEqual(set(self.timed), {"raggedc", "other", "fails_later"})
        results = document["cells"][0]["results"]
        self.assertEqual(results["wrong"]["failed"], "wrong: a relative error of 5.0e-01, allowed 5e-03")
        self.assertEqual(results["nan"], {"error": None, "failed": "wrong: not all of the result is numbers"})
        self.assertEqual(results["raises"], {"failed": "RuntimeError: no kernel"})
        self.assertEqual(results["fails_later"]["failed"], "RuntimeError: illegal address")
        self.assertEqual(report.ratio(document["cells"][0], document, "warm"), 1.5)
        self.assertIn("missing: absent: No module named 'absent'", err)
        self.assertEqual(err.count("no kernel"), 1)  # not again for every cell
        self.assertTrue(
            err.rstrip("\n").endswith(
                f"main: warm 1.50, behind in 0 of {count}; cold 1.50, behind in 0 of {count} "
                "(geometric means of fastest other / raggedc)"
            ),
            err,
        )
        self.assertIn(f"RuntimeError: no kernel ({count} cells)", out)
        self.assertIn("missing: No module named 'absent'", out)

    def test_a_wrong_result_of_ours_is_no_time_either(self):
        class WrongOurs(Ours):
            error = 0.1

        status, out, _ = self.run_script([WrongOurs, Other])
        self.assertEqual(status, 0)
        self.assertEqual(set(self.timed), {"other"})
        self.assertIn("| raggedc | `raggedc` | ours | - | wrong: a relative error of 1.0e-01, allowed 5e-03 (", out)

    def test_what_the_kernels_themselves_report(self):
        def check(stream):
            raise RuntimeError("a sequence was longer than the capacity")

        _, _, err = self.run_script([Ours, Other], library_checks=check)
        self.assertIn("raggedc: RuntimeError: a sequence was longer than the capacity", err)
        self.assertEqual(set(self.timed), {"other"})

    def test_a_peer_that_compiles_for_too_long_is_left_out_later(self):
        Run.now = 0.0
        _, out, err = self.run_script([Ours, Slow], "--prepare", "150")
        self.assertEqual(self.timed.count("slow"), 2)
        self.assertIn("slow: spent 200 s on compiling and tuning before", err)

    def test_without_ours_there_is_nothing_to_say(self):
        class MissingOurs(Ours):
            def __init__(self, options):
                raise peers.Unavailable("no library")

        status, out, err = self.run_script([MissingOurs, Other])
        self.assertEqual((status, out), (2, ""))
        self.assertIn("error: raggedc cannot be measured", err)

    def test_bad_arguments(self):
        for arguments, words in (
            (["--cells", "nowhere"], "got nowhere"),
            (["--peers", "nobody"], "got nobody"),
            (["--only", "7 x 7"], "expected cells with 7 x 7 in their name, got none"),
        ):
            err = io.StringIO()
            with contextlib.redirect_stderr(err):
                self.assertEqual(attention.main(arguments), 1)
            self.assertIn(words, err.getvalue())

    def test_a_machine_without_what_is_needed(self):
        no_gpu = types.SimpleNamespace(cuda=types.SimpleNamespace(is_available=lambda: False))
        for torch, words in ((None, "expected PyTorch"), (no_gpu, "expected a GPU, got none")):
            err = io.StringIO()
            with mock.patch.dict(sys.modules, {"torch": torch}), contextlib.redirect_stderr(err):
                self.assertEqual(attention.main([]), 2)
            self.assertIn(words, err.getvalue())

    def test_list_needs_nothing(self):
        out = io.StringIO()
        with without("torch", "triton"), contextlib.redirect_stdout(out):
            self.assertEqual(attention.main(["--list", "--peers", "all", "--cells", "tiny,skewed"]), 0)
        for text in ("fa3_varlen", "one 577 among 255 of 20", "1024 of 1 to 16"):
            self.assertIn(text, out.getvalue())


if __name__ == "__main__":
    unittest.main()
