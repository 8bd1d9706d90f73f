# SPDX-License-Identifier: MIT
"""Views: the region's bytes as memoryview, numpy array and ctypes address."""

from zinc import SharedRegion

region = SharedRegion.create("views", 1 << 20)

# [section:buffer]
view = region.as_buffer()            # a memoryview of all bytes, no copy
view[0:4] = b"\x01\x02\x03\x04"
header = region.as_buffer(0, 16)     # 16 bytes from offset 0
words = header.cast("I")             # the same bytes as 32-bit numbers
print(words[0] == 0x04030201)
# [end:buffer]

# [section:numpy]
import numpy as np

pixels = region.as_numpy(dtype=np.float32, shape=(256, 256))
pixels[:] = 0.5

sample = np.dtype([("time", "u8"), ("x", "f4"), ("y", "f4")])
samples = region.as_numpy(sample, shape=1000, offset=512 * 1024)
samples[3] = (17, 1.0, 2.0)
print(samples["x"][3], pixels.sum())
# [end:numpy]

# [section:dlpack]
tensor = np.from_dlpack(region)      # or torch.from_dlpack, jax.dlpack.from_dlpack, ...
print(tensor.shape, tensor.dtype)
# [end:dlpack]

# [section:outlive]
region.close()                       # name and participation go at once
pixels[0, 0] = 1.0                   # the bytes stay as long as a view does
print(pixels[0, 0])
# [end:outlive]
