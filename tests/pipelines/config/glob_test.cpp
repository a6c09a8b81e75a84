#include "pipelines/config/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lepton::pipelines {

TEST(glob, matches_with_stars_for_any_characters) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "tx"));
  EXPECT_TRUE(glob_matches("tx*", "tx"));
  EXPECT_TRUE(glob_matches("t*x*", "tabxbx"));
  EXPECT_TRUE(glob_matches("*_eu", "tx_eu_eu"));
  EXPECT_TRUE(glob_matches("tx", "tx"));
}

TEST(glob, matches_the_whole_text_only) {
  EXPECT_FALSE(glob_matches("tx", "txs"));
  EXPECT_FALSE(glob_matches("*_eu", "tx_eu2"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("a*b", "a"));
}

TEST(glob, needs_no_more_than_the_product_of_both_lengths) {
  const std::string text(2000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i)
    pattern += "a*";
  EXPECT_FALSE(glob_matches(pattern + "b", text));
}

TEST(glob, is_one_if_there_is_a_star) {
  EXPECT_TRUE(is_glob("*.errors"));
  EXPECT_FALSE(is_glob("tx.errors"));
}

} // namespace lepton::pipelines
