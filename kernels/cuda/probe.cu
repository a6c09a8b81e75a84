// The smallest kernel there is: proves that the CUDA build path compiles device code, whatever else
// this folder holds.
namespace lepton::kernels {

__global__ void probe_kernel(float* values, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count)
    values[i] += 1.0f;
}

} // namespace lepton::kernels
