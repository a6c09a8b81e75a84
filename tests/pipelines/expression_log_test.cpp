// The vector logarithm against long double.
#include "pipelines/expression/vector_log.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace lepton::pipelines::testing {

namespace {

using log_function = bool (*)(const double*, std::size_t, double*) noexcept;

/// Error in units in the last place of the true value.
double error_in_ulps(double x, double computed) {
  const long double exact = std::log(static_cast<long double>(x));
  const auto rounded = static_cast<double>(exact);
  const double ulp = std::nextafter(std::abs(rounded), std::numeric_limits<double>::infinity()) -
                     std::abs(rounded);
  return static_cast<double>(std::abs(static_cast<long double>(computed) - exact)) / ulp;
}

std::vector<double> hard_numbers() {
  std::vector<double> numbers{1.0,
                              std::nextafter(1.0, 0.0),
                              std::nextafter(1.0, 2.0),
                              std::sqrt(0.5),
                              std::sqrt(2.0),
                              0.70710667,
                              1.4142133,
                              std::numeric_limits<double>::min(),
                              std::numeric_limits<double>::max()};
  std::mt19937_64 random{3};
  std::uniform_real_distribution<double> exponent{-1021, 1023};
  std::uniform_real_distribution<double> near_one{0.5, 2.0};
  std::normal_distribution<double> very_near{0, 1e-4};
  for (int i = 0; i < 200000; ++i) {
    numbers.push_back(std::exp2(exponent(random)));
    numbers.push_back(near_one(random));
    numbers.push_back(1 + very_near(random));
  }
  return numbers;
}

void expect_exact_enough(log_function run) {
  const auto in = hard_numbers();
  std::vector<double> out(in.size());
  ASSERT_TRUE(run(in.data(), in.size(), out.data()));
  double worst = 0;
  double at = 0;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (const double error = error_in_ulps(in[i], out[i]); error > worst) {
      worst = error;
      at = in[i];
    }
  EXPECT_LT(worst, 1.0) << "at " << at;
}

} // namespace

TEST(vector_log, errs_by_less_than_one_unit_in_the_last_place) {
  expect_exact_enough(expr::log_rows_generic);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    expect_exact_enough(expr::log_rows_avx2);
#endif
}

TEST(vector_log, gives_special_values_as_the_library_does) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double tiny = std::numeric_limits<double>::denorm_min();
  const std::vector<double> in{
      2.0, 0.0, -0.0, -1.0, inf, -inf, tiny, 1e-310, std::numeric_limits<double>::quiet_NaN(), 3.0};
  std::vector<double> out(in.size());
  expr::log_rows(in.data(), in.size(), out.data());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double expected = std::log(in[i]);
    EXPECT_TRUE(std::isnan(expected) ? std::isnan(out[i])
                                     : std::abs(out[i] - expected) <= 1e-15 * std::abs(expected) ||
                                           out[i] == expected)
        << in[i] << ": " << out[i] << " instead of " << expected;
  }
}

TEST(vector_log, notices_each_special_value_on_its_own) {
  for (const double x : {0.0, -0.0, -1.0, -1e300, 1e-310, std::numeric_limits<double>::infinity(),
                         std::numeric_limits<double>::quiet_NaN()}) {
    double out = 0;
    EXPECT_FALSE(expr::log_rows_generic(&x, 1, &out)) << x;
  }
}

TEST(vector_log, takes_any_number_of_rows) {
  for (std::size_t rows = 0; rows < 40; ++rows) {
    const std::vector<double> in(rows, 10.0);
    std::vector<double> out(rows + 1, -1.0);
    expr::log_rows(in.data(), rows, out.data());
    for (std::size_t i = 0; i < rows; ++i)
      EXPECT_DOUBLE_EQ(out[i], std::log(10.0));
    EXPECT_EQ(out[rows], -1.0);
  }
}

} // namespace lepton::pipelines::testing
