// DeiT-Ti at 224 pixels: 3 heads of 64. An image keeps at most all 196 patches and its class token.
func.func @deit_tiny_224(%q: tensor<?x3x64xbf16>, %k: tensor<?x3x64xbf16>, %v: tensor<?x3x64xbf16>,
                         %offsets: tensor<?xi32>) -> tensor<?x3x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x64xbf16>, tensor<?x3x64xbf16>, tensor<?x3x64xbf16>, tensor<?xi32> -> tensor<?x3x64xbf16>
  return %o : tensor<?x3x64xbf16>
}
