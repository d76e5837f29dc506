// A decoder's prompts: a token sees itself and what comes before it, and four query heads share one key and value head.
func.func @causal_gqa(%q: tensor<?x16x128xf16>, %k: tensor<?x4x128xf16>, %v: tensor<?x4x128xf16>,
                      %offsets: tensor<?xi32>) -> tensor<?x16x128xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 512 : i64, causal}
       : tensor<?x16x128xf16>, tensor<?x4x128xf16>, tensor<?x4x128xf16>, tensor<?xi32> -> tensor<?x16x128xf16>
  return %o : tensor<?x16x128xf16>
}
