// Takes the kept tokens of DeiT-Ti out of their padded images, and puts them back: the tokens that were dropped are zero.
// examples/data/deit_tiny_pruned.safetensors holds four images for it.
func.func @pack_unpack(%x: tensor<?x197x192xbf16>, %keep: tensor<?x197xi1>) -> tensor<?x197x192xbf16> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x192xbf16>, tensor<?x197xi1> -> tensor<?x192xbf16>, tensor<?xi32>, tensor<?xi32>
  %out = ragged.unpack %rows, %indices, %offsets {fill = 0.0}
       : tensor<?x192xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x192xbf16>
  return %out : tensor<?x197x192xbf16>
}
