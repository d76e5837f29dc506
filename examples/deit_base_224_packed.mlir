// DeiT-B as its projection layer leaves it: query, key and value of a token lie side by side in one tensor,
// which saves the copies that would take them apart.
func.func @deit_base_224_packed(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
