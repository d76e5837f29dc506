// The attention of a pruned DeiT-B block, from padded tensors to padded tensors: pack the query, key and value of the
// tokens that are kept, attend, unpack. No length reaches the host in between.
func.func @pruned_block(%x: tensor<?x197x3x12x64xbf16>, %keep: tensor<?x197xi1>) -> tensor<?x197x12x64xbf16> {
  %qkv, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x3x12x64xbf16>, tensor<?x197xi1> -> tensor<?x3x12x64xbf16>, tensor<?xi32>, tensor<?xi32>
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  %out = ragged.unpack %o, %indices, %offsets {fill = 0.0}
       : tensor<?x12x64xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x12x64xbf16>
  return %out : tensor<?x197x12x64xbf16>
}
