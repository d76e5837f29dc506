// The first attention layer of MiniLM: 12 heads of 32, sentences of up to 128 tokens.
// examples/data/minilm_layer0.safetensors holds real inputs for it.
func.func @minilm(%q: tensor<?x12x32xf16>, %k: tensor<?x12x32xf16>, %v: tensor<?x12x32xf16>,
                  %offsets: tensor<?xi32>) -> tensor<?x12x32xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 128 : i64}
       : tensor<?x12x32xf16>, tensor<?x12x32xf16>, tensor<?x12x32xf16>, tensor<?xi32> -> tensor<?x12x32xf16>
  return %o : tensor<?x12x32xf16>
}
