import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

import plot
import report
import svg

RECORDED = pathlib.Path(__file__).parent / "Inputs" / "recorded.json"
BENCH = pathlib.Path(report.__file__).parent


def recorded():
    return report.load(str(RECORDED))


class Figures(unittest.TestCase):
    def setUp(self):
        self.report = recorded()
        self.entry = next(e for e in self.report["cells"] if e["name"] == "64 x 197, keep 0.5")

    def test_ratio_is_of_the_fastest_other(self):
        times = {name: r["warm"]["median"] for name, r in self.entry["results"].items()}
        fastest = min(us for name, us in times.items() if name != "raggedc")
        self.assertEqual(report.best_other(self.entry, self.report, "warm")[0], fastest)
        self.assertAlmostEqual(report.ratio(self.entry, self.report, "warm"), fastest / times["raggedc"])

    def test_what_failed_does_not_count(self):
        best = report.best_other(self.entry, self.report, "warm")[1]["name"]
        self.entry["results"][best]["failed"] = "wrong"
        self.assertNotEqual(report.best_other(self.entry, self.report, "warm")[1]["name"], best)
        self.entry["results"]["raggedc"]["failed"] = "wrong"
        self.assertIsNone(report.ratio(self.entry, self.report, "warm"))
        self.assertIn("| 64 x 197, keep 0.5 | - |", report.to_markdown(self.report))

    def test_a_variant_of_ours_is_no_other(self):
        fast = copy.deepcopy(self.entry["results"]["raggedc"])
        fast["warm"]["median"] /= 10
        self.entry["results"]["raggedc_capacity"] = fast
        before = report.ratio(self.entry, self.report, "warm")
        self.report["methods"].append({**self.report["methods"][0], "name": "raggedc_capacity", "ours": True})
        self.assertEqual(report.ratio(self.entry, self.report, "warm"), before)

    def test_padding_counts_as_the_same_only_where_lengths_are_equal(self):
        self.entry["results"]["sdpa_padded_longest"]["warm"]["median"] = 1.0
        self.assertEqual(report.best_other(self.entry, self.report, "warm")[0], 1.0)
        self.assertGreater(report.best_other(self.entry, self.report, "warm", padded=False)[0], 1.0)
        self.entry["shortest"] = self.entry["tokens"]
        self.assertEqual(report.best_other(self.entry, self.report, "warm", padded=False)[0], 1.0)

    def test_of_the_floor(self):
        self.entry["floors"]["warm_us"] = self.entry["results"]["raggedc"]["warm"]["median"] / 4
        self.assertAlmostEqual(report.of_floor(self.entry, "warm"), 0.25)
        self.assertIsNone(report.of_floor(self.entry, "wall"))

    def test_geometric_mean(self):
        self.assertAlmostEqual(report.geometric_mean([1, 4, 2]), 2)
        self.assertIsNone(report.geometric_mean([]))

    def test_numbers_have_three_digits(self):
        for value, text in (
            (None, "-"),
            (0.1234, "0.12"),
            (1.005, "1.00"),
            (12.34, "12.3"),
            (123.4, "123"),
            (4321, "4,321"),
        ):
            self.assertEqual(report.number(value), text)


class Closing(unittest.TestCase):
    def test_files_and_the_cells_behind_worst_first(self):
        document = recorded()
        for index, entry in enumerate(document["cells"]):
            entry["file"] = "main" if index < 20 else "rest"
        slow, slower = document["cells"][3], document["cells"][1]
        for entry, by in ((slow, 1.25), (slower, 2.0)):
            entry["results"]["raggedc"]["warm"]["median"] = report.best_other(entry, document, "warm")[0] * by
        del document["cells"][5]["results"]["raggedc"]["warm"]
        ratios = [report.ratio(e, document, "warm") for e in document["cells"][:20]]
        ratios = [r for r in ratios if r is not None]
        lines = report.closing(document).splitlines()
        self.assertEqual(
            lines[0].split(";")[0], f"main: warm {report.geometric_mean(ratios):.2f}, behind in 2 of {len(ratios)}"
        )
        self.assertIn("without a time of raggedc: 1", lines[0])
        self.assertEqual(lines[1].split(":")[0], f"    0.500 warm  {slower['name']}")
        self.assertEqual(lines[2].split(":")[0], f"    0.800 warm  {slow['name']}")
        best = report.best_other(slower, document, "warm")
        self.assertTrue(lines[1].endswith(f" us, {best[1]['title']} {report.number(best[0])}"), lines[1])
        behind = [e for e in document["cells"][20:] if report.ratio(e, document, "warm") < 1]
        rest = next(line for line in lines if line.startswith("rest: warm"))
        self.assertIn(f"behind in {len(behind)} of {len(document['cells']) - 20};", rest)
        self.assertNotIn("without", rest)

    def test_files_of_before_and_nothing_to_compare(self):
        document = recorded()
        self.assertTrue(report.closing(document).startswith("cells: warm 1.14, behind in 1 of 24"))
        document["methods"] = [m for m in document["methods"] if m["ours"]]
        self.assertTrue(report.closing(document).startswith("cells: nothing to compare with"))


class Markdown(unittest.TestCase):
    def test_tables(self):
        text = report.to_markdown(recorded())
        for metric in report.METRICS.values():
            self.assertEqual(text.count(f"## {metric}"), 1)
        self.assertIn("| GPU time of a call, L2 warm | 1.14 | 1.00 (256 x 577, keep 1) | 1 of 24 |", text)
        self.assertIn("| 64 x 197, keep 1 | 37.1 | 63.4 | 53.8 | 46.4 | 46.6 | 1.25 | 19.5 | 53 % | memory |", text)
        self.assertIn("missing: No module named 'flash_attn_interface'", text)
        self.assertIn("cuDNN, padded † |", text)
        # Every row has as many columns as its head.
        for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
            self.assertEqual(len({line.count("|") - line.count("\\|") for line in block.splitlines()}), 1, block)

    def test_reasons_are_grouped(self):
        document = recorded()
        for entry in document["cells"]:
            entry["results"]["fa2_varlen"] = {"failed": "RuntimeError: a | b"}
        document["cells"][0]["results"]["fa2_varlen"] = {"failed": "wrong: a relative error of 1.0e-01, allowed 5e-03"}
        text = report.to_markdown(document)
        self.assertIn("RuntimeError: a \\| b (23 cells)", text)
        self.assertIn("allowed 5e-03 (1 x 197, keep 1)", text)
        self.assertNotIn("| FlashAttention-2 varlen | Triton", text)

    def test_the_same_work_spread_otherwise(self):
        document = recorded()
        self.assertEqual(report.beside(document), "")
        document["cells"][1]["beside"] = document["cells"][0]["name"]
        ours = [report.median(document["cells"][i]["results"]["raggedc"], "warm") for i in (1, 0)]
        self.assertIn(f"| {ours[0] / ours[1]:.2f} |", report.beside(document))
        del document["cells"][0]  # not measured in this run
        self.assertEqual(report.beside(document), "")

    def test_nothing_to_compare_with(self):
        document = recorded()
        for entry in document["cells"]:
            entry["results"] = {"raggedc": entry["results"]["raggedc"]}
        self.assertIn("Nothing to compare with", report.to_markdown(document))
        self.assertIn("raggedc 4.27 us, cold -", report.one_line(document["cells"][0], document))

    def test_files_that_are_none(self):
        with tempfile.TemporaryDirectory() as folder:
            for content, words in (("{", "expected JSON"), ('{"format": 7}', "format 1, got 7"), ("[]", "got None")):
                path = os.path.join(folder, "a.json")
                with open(path, "w") as file:
                    file.write(content)
                with self.assertRaisesRegex(report.ReportError, words):
                    report.load(path)
                done = subprocess.run([sys.executable, BENCH / "report.py", path], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(words, done.stderr)


def text_of(picture):
    root = xml.fromstring(picture)
    return root, [(t.text, t.get("class"), float(t.get("x")), float(t.get("y"))) for t in root.findall(".//{*}text")]


class Pictures(unittest.TestCase):
    def test_time_against_keep(self):
        root, texts = text_of(plot.keep_plot(recorded()))
        words = [t[0] for t in texts]
        for sequences in (1, 4, 64, 256):
            for tokens in (197, 577):
                self.assertEqual(words.count(f"{sequences} x {tokens}"), 1)
        self.assertEqual(words.count("raggedc"), 8)
        self.assertTrue(any("NVIDIA H200" in word and "2026-11-21" in word for word in words))
        self.assert_inside(root, texts)
        # Labels of a panel do not lie on each other.
        labels = [t for t in texts if t[1].startswith("text-")]
        for i, (_, _, x, y) in enumerate(labels):
            self.assertFalse([o for o in labels[i + 1 :] if o[2] == x and abs(o[3] - y) < 12.9])

    def test_points_are_where_the_times_are(self):
        document = recorded()
        document["cells"] = [e for e in document["cells"] if e["name"].startswith("64 x 197")]
        root, texts = text_of(plot.keep_plot(document))
        ticks = {
            float(t[0]): t[3] - 4 for t in texts if t[1] == "muted" and re.fullmatch(r"[\d.]+", t[0]) and t[2] < 50
        }
        (ours,) = [p for p in root.findall(".//{*}polyline") if p.get("class") == "ours"]
        points = [tuple(map(float, p.split(","))) for p in ours.get("points").split()]
        self.assertEqual(len(points), 4)
        self.assertEqual([x for x, _ in points], sorted(x for x, _ in points))
        # keep 1 takes 37.1 us: between the ticks of 20 and 50, by their logarithms.
        self.assertAlmostEqual((points[-1][1] - ticks[20]) / (ticks[50] - ticks[20]), 0.674, delta=0.01)

    def test_part_of_the_floor(self):
        document = recorded()
        root, texts = text_of(plot.floor_plot(document))
        self.assert_inside(root, texts)
        ticks = {t[0]: t[2] for t in texts if t[0].endswith(" %")}
        zero, hundred = ticks["0 %"], ticks["100 %"]
        dots = [c for c in root.findall(".//{*}circle") if c.get("class") == "dot-ours"][: len(document["cells"])]
        for dot, entry in zip(dots, document["cells"]):
            self.assertAlmostEqual(
                (float(dot.get("cx")) - zero) / (hundred - zero), report.of_floor(entry, "warm"), delta=0.001
            )

    def test_both_settings_have_every_color(self):
        text = plot.keep_plot(recorded())
        light, dark = re.search(r"<style>(.*)@media \(prefers-color-scheme:dark\)\{(.*)\}</style>", text).groups()
        for name in re.findall(r'class="(?:polyline )?(line\d|ours|floor|grid|muted)', text):
            self.assertIn(f".{name}{{", light)
            self.assertIn(f".{name}{{", dark)

    def test_words_are_escaped(self):
        picture = svg.Picture(10, 10)
        picture.text(1, 2, "a < b & c", "muted")
        self.assertEqual(xml.fromstring(str(picture)).find("{*}text").text, "a < b & c")

    def test_labels_are_spaced_in_order(self):
        self.assertEqual(plot.spaced([10, 11, 50], 8), [6.5, 14.5, 50])
        self.assertEqual(plot.spaced([5, 3], 2), [5, 3])
        found = plot.spaced([9, 1, 2, 8.5, 3], 4)
        self.assertEqual(sorted(range(5), key=lambda i: found[i]), [1, 2, 4, 3, 0])
        ordered = sorted(found)
        self.assertTrue(all(b - a > 3.99 for a, b in zip(ordered, ordered[1:])))

    def test_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix = os.path.join(folder, "p")
            command = [sys.executable, BENCH / "plot.py", RECORDED, prefix]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(done.stdout.split(), [f"{prefix}-keep.svg", f"{prefix}-floor.svg"])
            # Cells without a keep ratio have no such picture.
            document = recorded()
            for entry in document["cells"]:
                entry["keep"] = None
            path = os.path.join(folder, "a.json")
            with open(path, "w") as file:
                json.dump(document, file)
            done = subprocess.run([*command[:2], path, prefix], capture_output=True, text=True)
            self.assertEqual(done.stdout.split(), [f"{prefix}-floor.svg"])

    def assert_inside(self, root, texts):
        width, height = float(root.get("width")), float(root.get("height"))
        for word, kind, x, y in texts:
            size = 8.6 if kind == "title" else 7
            self.assertTrue(0 <= x < width and 0 < y < height, word)
            if kind.startswith("text-") or kind == "title":  # the others end or are centred there
                self.assertLess(x + size * len(word), width + 20, word)


if __name__ == "__main__":
    unittest.main()
