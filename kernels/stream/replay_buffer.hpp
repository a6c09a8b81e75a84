#pragma once

#include "kernels/train/counter_random.hpp"
#include "kernels/train/state_bytes.hpp"

#include <cstdint>
#include <vector>

namespace lepton::kernels::stream {

/// Which rows of a class stay when its part of the buffer is full.
enum class retention : std::uint8_t {
  newest,    ///< the last ones: follows a stream that changes
  reservoir, ///< an even sample of all that came (Vitter 1985): does not forget
};

/// Keeps labelled rows to learn from again, an equal number of places for each class, so that a
/// rare class is not crowded out. Draws with a share for each class. The same calls give the same
/// draws.
class replay_buffer {
public:
  /// `capacity` rows over all classes together; at least one for each.
  replay_buffer(std::int64_t features, std::int64_t classes, std::int64_t capacity,
                retention keep = retention::newest, std::uint64_t seed = 1);

  std::int64_t size() const noexcept;
  std::int64_t size_of(std::int64_t label) const noexcept;

  /// Takes a copy of a row. `label` is a class number; others are not kept.
  void add(const float* x, std::int64_t label);

  /// Draws `rows` rows, one after the other with replacement: with the chance `balance` (0 to 1) a
  /// class that has rows, each alike, and then one of its rows; otherwise a class by how often it
  /// came in the stream. Fills [rows, features], [rows] and [rows]; a weight is what undoes the
  /// balance, to the power of `correction` (0: all 1; 1: the mean over draws is that over the
  /// stream). False, and nothing is filled, if the buffer is empty.
  bool draw(std::int64_t rows, double balance, double correction, float* x, float* labels,
            float* weights);

  void save(train::state_writer& to) const;
  void load(train::state_reader& from);

private:
  struct class_rows {
    std::vector<float> x;
    std::int64_t seen = 0; ///< rows that came
    std::int64_t next = 0; ///< newest: the place to overwrite
  };

  std::int64_t size_of(const class_rows& c) const noexcept {
    return static_cast<std::int64_t>(c.x.size()) / features_;
  }
  std::vector<double> shares(double balance) const;

  std::int64_t features_;
  std::int64_t places_; ///< of each class
  retention keep_;
  std::vector<class_rows> classes_;
  train::counter_random random_;
};

} // namespace lepton::kernels::stream
