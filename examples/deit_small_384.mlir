// DeiT-S at 384 pixels: 6 heads of 64. An image keeps at most all 576 patches and its class token.
func.func @deit_small_384(%q: tensor<?x6x64xbf16>, %k: tensor<?x6x64xbf16>, %v: tensor<?x6x64xbf16>,
                          %offsets: tensor<?xi32>) -> tensor<?x6x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 577 : i64}
       : tensor<?x6x64xbf16>, tensor<?x6x64xbf16>, tensor<?x6x64xbf16>, tensor<?xi32> -> tensor<?x6x64xbf16>
  return %o : tensor<?x6x64xbf16>
}
