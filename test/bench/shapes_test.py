import contextlib
import io
import json
import unittest

import cell
import shapes


class Shapes(unittest.TestCase):
    def run_script(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = shapes.main(list(arguments))
        return status, out.getvalue(), err.getvalue()

    def test_each_cell_as_it_is_measured(self):
        status, out, _ = self.run_script("main,heldback")
        found, cells = json.loads(out), cell.load_cells("main,heldback")
        self.assertEqual(status, 0)
        self.assertEqual(len(found), len(cells))
        for shape, c in zip(found, cells):
            self.assertEqual(set(shape), {"spec", "batch", "lengths"})
            self.assertEqual((shape["batch"], tuple(shape["lengths"])), (c.sequences, c.lengths))
        self.assertEqual(found[0]["spec"], "bf16,heads=12,dim=64,max_seqlen=197,packed")
        half = next(s for s, c in zip(found, cells) if c.name == "4 x 197, keep 0.5")
        self.assertEqual(half["spec"], "bf16,heads=12,dim=64,max_seqlen=97,packed")
        held = next(s for s, c in zip(found, cells) if c.head_dim == 112 and c.keep == 1)
        self.assertIn("dim=112", held["spec"])
        self.assertTrue(held["spec"].startswith("f16,heads=6,"), held["spec"])

    def test_seeds_and_what_is_wrong(self):
        self.assertNotEqual(self.run_script("main", "--seed", "1")[1], self.run_script("main")[1])
        status, out, err = self.run_script("nowhere")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("error: expected a file of cells", err)


if __name__ == "__main__":
    unittest.main()
