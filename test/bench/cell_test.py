import random
import unittest

import accuracy
import cell
import floors
import samples


def one(**keys):
    return cell.parse_cells([keys])[0]


class Lengths(unittest.TestCase):
    def test_the_cells_that_raggedc_is_judged_by(self):
        cells = cell.load_cells("main")
        self.assertEqual(len(cells), 24)
        self.assertEqual({(c.heads, c.head_dim, c.dtype) for c in cells}, {(12, 64, "bf16")})
        self.assertEqual({c.sequences for c in cells}, {1, 4, 64, 256})
        for c in cells:
            self.assertEqual(c.sequences, len(c.lengths))
            self.assertLessEqual(c.longest, c.tokens)
            self.assertGreaterEqual(min(c.lengths), 2)
            if c.keep == 1:
                self.assertEqual(set(c.lengths), {c.tokens})
            elif c.sequences >= 64:  # 10 % of deviation over 64 draws: the mean is within 5 % but once in 20,000 draws
                self.assertAlmostEqual(c.rows / c.sequences / (c.keep * c.tokens), 1, delta=0.05)
                self.assertGreater(len(set(c.lengths)), 5)

    def test_they_do_not_change(self):
        # Figures of different days are compared; so these must stay as they are.
        by_name = {c.name: c for c in cell.load_cells("main")}
        self.assertEqual(by_name["4 x 197, keep 0.5"].lengths, PINNED)

    def test_another_seed_draws_others_and_the_shape_of_heads_does_not(self):
        keys = {"sequences": 64, "tokens": 197, "keep": 0.5}
        self.assertNotEqual(cell.parse_cells([keys], seed=1)[0].lengths, one(**keys).lengths)
        other = one(**keys, heads=3, head_dim=80, dtype="f16")
        self.assertEqual(other.lengths, one(**keys).lengths)
        self.assertEqual(other.name, "64 x 197, keep 0.5, f16 3 x 80")

    def test_counts_are_shuffled_and_complete(self):
        lengths = one(counts=[[1, 577], [255, 20]]).lengths
        self.assertEqual(sorted(lengths), [20] * 255 + [577])
        positions = {cell.draw_lengths({"counts": [[1, 577], [255, 20]]}, seed).index(577) for seed in range(20)}
        self.assertGreater(len(positions), 5)

    def test_uniform_reaches_both_ends(self):
        lengths = one(sequences=1000, uniform=[0, 8]).lengths
        self.assertEqual(set(lengths), set(range(9)))

    def test_skewed_cells_stand_beside_the_same_work(self):
        cells = {c.name: c for c in cell.load_cells("skewed")}
        pairs = {name: sum(n * n for n in c.lengths) for name, c in cells.items()}
        skewed = [c for c in cells.values() if c.beside]
        self.assertGreater(len(skewed), 1)
        for c in skewed:
            self.assertAlmostEqual(pairs[c.name] / pairs[c.beside], 1, delta=0.001)
            self.assertEqual(c.sequences, cells[c.beside].sequences)
        self.assertEqual(cells["one 577 among 255 of 20"].rows, cells["its rows, even"].rows)

    def test_every_shipped_file(self):
        for name in cell.shipped():
            with self.subTest(name):
                for c in cell.load_cells(name):
                    self.assertEqual(c.head_dim % 8, 0)
                    self.assertGreater(c.rows, 0)
        everything = cell.load_cells(",".join(cell.shipped()))
        self.assertEqual(len({c.name for c in everything}), len(everything))

    def test_held_back_cells_cover_what_they_should(self):
        cells = cell.load_cells("heldback")
        self.assertTrue(36 <= len(cells) <= 44, len(cells))
        for what, values in (
            (lambda c: c.heads, {3, 6, 8, 16}),
            (lambda c: c.head_dim, {32, 40, 48, 72, 80, 96, 112, 128}),
            (lambda c: c.dtype, {"f16", "bf16"}),
            (lambda c: c.sequences, {2, 8, 32, 100, 512}),
            (lambda c: c.tokens, {33, 65, 129, 250, 320, 448, 700, 1024, 1500}),
            (lambda c: c.keep, {0.15, 0.35, 0.7, 1.0}),
        ):
            counts = {value: sum(what(c) == value for c in cells) for value in values}
            self.assertEqual(sum(counts.values()), len(cells))
            self.assertGreaterEqual(min(counts.values()), 4, counts)
        # Each head dimension meets lengths, batches and keep ratios of several kinds.
        for dim in {c.head_dim for c in cells}:
            of_dim = [c for c in cells if c.head_dim == dim]
            for what in (lambda c: c.tokens, lambda c: c.sequences, lambda c: c.keep):
                self.assertGreaterEqual(len({what(c) for c in of_dim}), 3, dim)
        others = [name for name in cell.shipped() if name != "heldback"]
        seen = {c.name for c in cell.load_cells(",".join(others))}
        self.assertEqual(seen & {c.name for c in cells}, set())

    def test_cells_know_their_file(self):
        cells = cell.load_cells("main,tiny")
        self.assertEqual([c.file for c in cells], ["main"] * 24 + ["tiny"] * (len(cells) - 24))
        self.assertGreater(len(cells), 24)

    def test_the_form_with_a_list_for_each_cell(self):
        c = cell.parse_cells([[64, 197, 0.5, 12, 64, "bfloat16"]])[0]
        self.assertEqual(c.lengths, one(sequences=64, tokens=197, keep=0.5).lengths)
        self.assertEqual(c.dtype, "bf16")


class BadCells(unittest.TestCase):
    def test_say_what_was_expected_and_found(self):
        good = {"sequences": 4, "tokens": 197, "keep": 0.5}
        for keys, words in (
            ({"sequences": 0}, "expected sequences to be a positive number, got 0"),
            ({"sequences": None}, "expected sequences to be a positive number, got null"),
            ({"tokens": 1}, "expected tokens to be a number above 1, got 1"),
            ({"keep": 1.5}, "expected keep to be above 0 and at most 1, got 1.5"),
            ({"dtype": "int8"}, 'expected dtype to be one of bf16, f16, f32, got "int8"'),
            ({"heads": True}, "expected heads to be a positive number, got true"),
            ({"uniform": [9, 3]}, "expected uniform to be a lowest and a highest length, got [9, 3]"),
            ({"counts": [[1, 0]]}, "expected counts to be pairs of a number of sequences and a length, got [[1, 0]]"),
            ({"token": 3}, 'got ["token"]'),
            ({"beside": "another"}, 'expected beside to name a cell of the file, got "another"'),
        ):
            with self.subTest(words), self.assertRaises(cell.CellError) as caught:
                cell.parse_cells([{**good, **keys}])
            self.assertIn(words, str(caught.exception))
        for document, words in (
            ([], "expected a list of cells, got []"),
            ({"about": "nothing"}, "expected a list of cells, got null"),
            ([[64, 197]], "expected [batch, tokens, keep, heads, head_dim, dtype], got [64, 197]"),
            ([good, good], 'expected every cell to have a name of its own, got ["4 x 197, keep 0.5"]'),
        ):
            with self.subTest(words), self.assertRaises(cell.CellError) as caught:
                cell.parse_cells(document)
            self.assertIn(words, str(caught.exception))

    def test_missing_file(self):
        with self.assertRaisesRegex(cell.CellError, "expected a file of cells or one of .*main.*, got nowhere.json"):
            cell.load_cells("main,nowhere.json")


class Floors(unittest.TestCase):
    RATES = floors.Rates(
        copy=4e12, copy_in_l2=8e12, l2_bytes=60 << 20, matmul=4096 * 132e9, exp=16 * 132e9, has_wgmma=True
    )

    def clocks(self, n):
        """Of one sequence and head on a chip of 132 multiprocessors and 1 GHz: nanoseconds of one multiprocessor."""
        f = floors.floors(one(sequences=132, counts=[[132, n]], heads=1), self.RATES)
        return f["tensor_us"] * 1e3, f["exp_us"] * 1e3

    def test_clocks_worked_out_by_hand(self):
        # 64 rows by 16 keys at 4096 operations a clock, 16 exponentials a clock.
        for n, tensor, exp in ((100, 896, 784), (197, 3328, 2704), (577, 23680, 21904)):
            found = self.clocks(n)
            self.assertAlmostEqual(found[0], tensor, places=6)
            self.assertAlmostEqual(found[1], exp, places=6)
        # 40 rows are less in tiles of 16, slower as these are: 48 * 48 * 256 / 4096 * 790 / 630.
        self.assertAlmostEqual(self.clocks(40)[0], 144 * 790 / 630, places=6)

    def test_memory(self):
        c = one(sequences=64, tokens=197, keep=1.0)
        size = 64 * 197 * 12 * 64 * 2 * 4 + 65 * 4
        found = floors.floors(c, self.RATES)
        self.assertEqual(found["bytes"], size)
        self.assertAlmostEqual(found["memory_us"], size / 4e6)
        self.assertEqual(found["binds_cold"], "memory")
        self.assertEqual(found["warm_us"], found["cold_us"])  # 77 MB do not fit the L2 cache
        small = floors.floors(one(sequences=32, tokens=197, keep=1.0), self.RATES)
        self.assertAlmostEqual(small["memory_warm_us"], small["memory_us"] / 2)
        self.assertLess(small["warm_us"], small["cold_us"])
        self.assertGreaterEqual(small["warm_us"], small["tensor_us"])

    def test_f32_has_twice_the_bytes_and_half_the_rate(self):
        keys = {"sequences": 64, "tokens": 577, "keep": 1.0}
        half, whole = (floors.floors(one(**keys, dtype=t), self.RATES) for t in ("f16", "f32"))
        self.assertAlmostEqual(whole["tensor_us"], 2 * half["tensor_us"])
        self.assertAlmostEqual(whole["memory_us"], 2 * half["memory_us"], delta=0.01)
        self.assertEqual((half["binds_cold"], whole["binds_cold"]), ("tensor", "tensor"))

    def test_without_wgmma_tiles_have_16_rows(self):
        self.assertEqual(floors.tensor_operations([65], 1, 64, False), 80 * 80 * 64 * 4)
        self.assertEqual(floors.tensor_operations([0], 1, 64, True), 0)


class Samples(unittest.TestCase):
    def test_every_round_begins_with_another(self):
        items = list("abcde")
        orders = [samples.rotated(items, turn) for turn in range(10)]
        for order in orders:
            self.assertEqual(sorted(order), items)
        for turn in range(0, 10, 2):
            self.assertEqual(orders[turn][0], items[turn % 5])
        # Over the rounds each follows several others.
        before = {order[order.index("c") - 1] for order in orders if order.index("c")}
        self.assertGreater(len(before), 1)
        self.assertEqual(samples.rotated([], 3), [])

    def test_percentiles_lie_between_samples(self):
        self.assertEqual(samples.percentile([4.0, 1.0, 3.0, 2.0], 0.5), 2.5)
        self.assertEqual(samples.percentile([7.0], 0.9), 7.0)
        seed = random.SystemRandom().randrange(1 << 30)
        generator = random.Random(seed)
        values = [generator.random() for _ in range(generator.randrange(1, 100))]
        s = samples.summary(values)
        with self.subTest(f"seed {seed}"):
            self.assertTrue(min(values) <= s["p10"] <= s["median"] <= s["p90"] <= max(values))
            self.assertEqual(s["samples"], len(values))

    def test_long_calls_are_sampled_less(self):
        effort = samples.Effort(rounds=5, seconds=1.0, most=8)
        self.assertEqual(effort.visits(1e-6), 8)
        self.assertEqual(effort.visits(0.05), 4)
        self.assertEqual(effort.visits(10.0), 1)
        self.assertEqual(effort.visits(1e-6, times=5), 40)
        self.assertEqual([effort.leaves_out(turn, 0.3) for turn in range(5)], [False, False, False, True, True])
        self.assertFalse(effort.leaves_out(4, 0.1))


class Accuracy(unittest.TestCase):
    def test_limits_of_types(self):
        for dtype, limit in (("bf16", 5e-3), ("f16", 8e-4), ("f32", 2e-3)):
            self.assertIsNone(accuracy.fault(limit, dtype))
            self.assertIn("allowed", accuracy.fault(limit * 1.1, dtype))
        for error in (float("inf"), float("nan")):
            self.assertEqual(accuracy.fault(error, "bf16"), "wrong: not all of the result is numbers")


PINNED = (94, 90, 97, 96)

if __name__ == "__main__":
    unittest.main()
