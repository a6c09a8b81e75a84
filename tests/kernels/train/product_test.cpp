#include "kernels/train/cpu/choose_ops.hpp"
#include "tests/kernels/onnx_writer.hpp"
#include "tests/kernels/train/train_fixture.hpp"

namespace lepton::tests {

namespace {

using namespace kernels::train;

std::vector<float> numbers(std::int64_t count, std::uint32_t seed) {
  return random_floats(static_cast<std::size_t>(count), 1.0f, seed);
}

/// The product as its definition says it, in double.
double by_definition(const product& p, std::int64_t row, std::int64_t column, float before) {
  double sum = p.accumulate ? static_cast<double>(before)
               : p.bias     ? static_cast<double>(p.bias[column])
                            : 0.0;
  for (std::int64_t s = 0; s < p.segments; ++s)
    for (std::int64_t k = 0; k < p.depth; ++k) {
      const float a = p.a[row * p.a_row + k * p.a_column + s * p.a_segment];
      const bool turned = p.transposed_columns > 0;
      const float b = !turned                         ? p.b[k * p.b_row + s * p.b_segment + column]
                      : column < p.transposed_columns ? p.b[column * p.b_row + k]
                                                      : 0.0f;
      sum += static_cast<double>(a) * static_cast<double>(b);
    }
  return p.rectify && sum < 0 ? 0 : sum;
}

/// Runs `p` on every target and compares; `c` holds what was in the result before.
void expect_product(product p, const std::vector<float>& c) {
  std::vector<float> pack(static_cast<std::size_t>(pack_floats));
  p.pack = pack.data();
  for (const auto target : {kernels::cpu::cpu_target::generic, kernels::cpu::cpu_target::avx2,
                            kernels::cpu::cpu_target::avx512}) {
    if (!can_run(target))
      continue;
    auto to = c;
    p.c = to.data();
    ops_of(target).multiply(p);
    const double tolerance = 2e-6 * static_cast<double>(p.depth * p.segments) + 1e-5;
    for (std::int64_t r = 0; r < p.rows; ++r)
      for (std::int64_t j = 0; j < p.c_row; ++j) {
        const auto at = static_cast<std::size_t>(r * p.c_row + j);
        if (j >= p.columns)
          ASSERT_EQ(to[at], c[at]) << "written after the result";
        else
          ASSERT_NEAR(static_cast<double>(to[at]), by_definition(p, r, j, c[at]), tolerance)
              << kernels::cpu::name(target) << " " << p.rows << "x" << p.columns << "x" << p.depth;
      }
  }
}

constexpr std::int64_t row_counts[] = {1, 2, 3, 5, 7, 8, 9, 15, 31};
constexpr std::int64_t depths[] = {1, 2, 17, 511, 512, 513, 1100};

TEST(product, is_that_of_the_definition_in_every_shape) {
  for (const auto rows : row_counts)
    for (const auto depth : depths)
      for (const std::int64_t columns : {16, 32, 48, 80}) {
        const auto a = numbers(rows * depth, 1), b = numbers(depth * columns, 2);
        const auto c = numbers(rows * (columns + 16), 3), bias = numbers(columns, 4);
        product p;
        p.rows = rows;
        p.columns = columns;
        p.depth = depth;
        p.a = a.data();
        p.a_row = depth;
        p.b = b.data();
        p.b_row = columns;
        p.c_row = columns + 16;
        expect_product(p, c);
        p.bias = bias.data();
        p.rectify = true;
        expect_product(p, c);
        p.bias = nullptr;
        p.rectify = false;
        p.accumulate = true;
        p.a_row = 1; // A turned
        p.a_column = rows;
        expect_product(p, c);
      }
}

TEST(product, reads_its_second_matrix_transposed) {
  for (const auto rows : row_counts)
    for (const auto depth : depths)
      for (const std::int64_t count : {1, 15, 16, 17, 40, 64}) {
        const auto a = numbers(rows * depth, 1), b = numbers(count * depth, 2);
        product p;
        p.rows = rows;
        p.columns = (count + 15) / 16 * 16;
        p.depth = depth;
        p.a = a.data();
        p.a_row = depth;
        p.b = b.data();
        p.b_row = depth;
        p.transposed_columns = count;
        p.c_row = p.columns;
        expect_product(p, numbers(rows * p.columns, 3));
      }
}

TEST(product, goes_over_segments) {
  for (const auto rows : row_counts)
    for (const std::int64_t segments : {2, 3, 60}) {
      const std::int64_t depth = 20, columns = 48;
      const auto a = numbers(rows * depth + segments * 33, 1);
      const auto b = numbers(segments * depth * columns, 2);
      product p;
      p.rows = rows;
      p.columns = columns;
      p.depth = depth;
      p.segments = segments;
      p.a = a.data();
      p.a_row = 2;
      p.a_segment = 33;
      p.b = b.data();
      p.b_row = columns;
      p.b_segment = depth * columns;
      p.c_row = columns;
      expect_product(p, numbers(rows * columns, 3));
    }
}

} // namespace
} // namespace lepton::tests
