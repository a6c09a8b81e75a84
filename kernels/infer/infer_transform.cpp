#include "kernels/infer/infer_transform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lepton::kernels {

namespace {

std::size_t float_bytes(std::int64_t count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

core::ref_ptr<core::column> new_column(core::data_type type, std::int64_t rows) {
  auto column = core::make_ref<core::column>(type);
  column->resize_rows(rows);
  return column;
}

/// One error for each row, in the order of the rows; of several the one that was found first.
void tidy(std::vector<core::row_error>& errors) {
  const auto row = [](const core::row_error& e) { return e.row; };
  std::ranges::stable_sort(errors, {}, row);
  const auto repeated = std::ranges::unique(errors, {}, row);
  errors.erase(repeated.begin(), repeated.end());
}

std::vector<std::int32_t> rows_without(std::span<const core::row_error> errors, std::int64_t rows) {
  std::vector<std::int32_t> good;
  good.reserve(static_cast<std::size_t>(rows) - errors.size());
  std::size_t next = 0;
  for (std::int32_t row = 0; row < rows; ++row) {
    if (next < errors.size() && errors[next].row == row)
      ++next;
    else
      good.push_back(row);
  }
  return good;
}

} // namespace

infer_transform::infer_transform(std::shared_ptr<const infer_plan> plan,
                                 std::unique_ptr<model> scorer)
    : plan_{std::move(plan)}, model_{std::move(scorer)},
      x_(float_bytes(plan_->chunk_rows * model_->inputs())),
      y_(float_bytes(plan_->chunk_rows * model_->outputs())),
      own_stamp_{std::make_shared<const std::string>(
          fmt::format("{}={}", plan_->component, plan_->version))} {
  LEPTON_ASSERT(plan_->features.width() == model_->inputs() && plan_->chunk_rows > 0);
}

core::result<void> infer_transform::warm_up() {
  std::memset(x_.data(), 0, x_.size());
  return model_->run(x_.as<float>(), plan_->chunk_rows, y_.as<float>());
}

void infer_transform::process(const core::batch_ptr& in, core::emitter& out) {
  core::emitter* const outs[] = {&out};
  process(std::span{&in, 1}, outs);
}

void infer_transform::process(std::span<const core::batch_ptr> in,
                              std::span<core::emitter* const> out) {
  begin(in);
  for (std::size_t b = 0; b < in.size(); ++b)
    add(in, b);
  run_chunk(in);
  for (std::size_t b = 0; b < in.size(); ++b)
    finish(in[b], scored_[b], *out[b]);
  scored_.clear();
}

void infer_transform::begin(std::span<const core::batch_ptr> in) {
  const auto first = plan_->schema->size() - plan_->output_count;
  for (const auto& batch : in) {
    auto& to = scored_.emplace_back();
    for (std::size_t i = 0; i < plan_->output_count; ++i)
      to.columns.push_back(new_column((*plan_->schema)[first + i].type, batch->rows));
  }
}

/// Adds a batch to the chunk, and runs it each time that it is full.
void infer_transform::add(std::span<const core::batch_ptr> in, std::size_t batch) {
  const auto& rows = *in[batch];
  for (std::int64_t first = 0; first < rows.rows;) {
    const auto count = std::min(rows.rows - first, plan_->chunk_rows - chunk_size_);
    plan_->features.gather(rows, first, count, x_.as<float>() + chunk_size_ * model_->inputs());
    pieces_.push_back({batch, first, count});
    chunk_size_ += count;
    first += count;
    if (chunk_size_ == plan_->chunk_rows)
      run_chunk(in);
  }
}

void infer_transform::run_chunk(std::span<const core::batch_ptr> in) {
  if (chunk_size_ == 0)
    return;
  if (!all_finite(x_.as<float>(), chunk_size_ * model_->inputs()))
    treat_missing(in);
  // Straight into the column where that has the model's layout.
  const auto& first = pieces_.front();
  const bool direct = pieces_.size() == 1 && plan_->output_count == 1;
  float* y =
      direct ? scored_[first.batch].columns[0]->values.as<float>() + first.first * model_->outputs()
             : y_.as<float>();
  if (const auto ran = model_->run(x_.as<float>(), chunk_size_, y); !ran) {
    for (const auto& p : pieces_)
      for (std::int64_t i = 0; i < p.count; ++i)
        scored_[p.batch].errors.push_back(
            {static_cast<std::int32_t>(p.first + i), ran.error().message()});
  } else {
    if (!all_finite(y, chunk_size_ * model_->outputs()))
      reject_scores(y);
    if (!direct)
      scatter(y);
  }
  pieces_.clear();
  chunk_size_ = 0;
}

void infer_transform::treat_missing(std::span<const core::batch_ptr> in) {
  const auto width = model_->inputs();
  float* row = x_.as<float>();
  for (const auto& p : pieces_) {
    for (std::int64_t i = 0; i < p.count; ++i, row += width) {
      if (all_finite(row, width))
        continue;
      if (plan_->missing == missing_policy::pass && none_infinite(row, width))
        continue;
      if (plan_->missing == missing_policy::impute) {
        plan_->features.impute(row);
        continue;
      }
      scored_[p.batch].errors.push_back(
          {static_cast<std::int32_t>(p.first + i),
           plan_->features.fault(*in[p.batch], p.first + i, row,
                                 plan_->missing == missing_policy::pass)});
      // The model still runs over it; zeros keep slow paths for odd numbers away.
      std::memset(row, 0, float_bytes(width));
    }
  }
}

void infer_transform::reject_scores(const float* y) {
  const auto width = model_->outputs();
  for (const auto& p : pieces_)
    for (std::int64_t i = 0; i < p.count; ++i, y += width)
      if (!all_finite(y, width))
        scored_[p.batch].errors.push_back({static_cast<std::int32_t>(p.first + i),
                                           "the model gives NaN or infinity for these features"});
}

void infer_transform::scatter(const float* y) {
  const auto width = model_->outputs();
  for (const auto& p : pieces_) {
    auto& columns = scored_[p.batch].columns;
    if (columns.size() == 1)
      std::memcpy(columns[0]->values.as<float>() + p.first * width, y,
                  float_bytes(p.count * width));
    else
      for (std::size_t c = 0; c < columns.size(); ++c) {
        float* to = columns[c]->values.as<float>() + p.first;
        for (std::int64_t i = 0; i < p.count; ++i)
          to[i] = y[i * width + static_cast<std::int64_t>(c)];
      }
    y += p.count * width;
  }
}

void infer_transform::finish(const core::batch_ptr& in, scored& done, core::emitter& out) {
  auto columns = in->columns;
  for (auto& column : done.columns)
    columns.push_back(std::move(column));
  auto rows = core::with_columns(*in, plan_->schema, std::move(columns));
  rows->model_version = stamp(*in);
  if (!done.errors.empty()) {
    tidy(done.errors);
    rows = core::take(*rows, rows_without(done.errors, in->rows));
  }
  if (rows->rows != 0)
    out.emit(0, std::move(rows));
  if (!done.errors.empty())
    out.fail(in, done.errors);
}

/// The models that scored these rows before, then this one.
std::shared_ptr<const std::string> infer_transform::stamp(const core::batch& in) {
  if (!in.model_version)
    return own_stamp_;
  if (stamp_before_ != in.model_version) {
    stamp_before_ = in.model_version;
    stamp_after_ =
        std::make_shared<const std::string>(fmt::format("{},{}", *stamp_before_, *own_stamp_));
  }
  return stamp_after_;
}

} // namespace lepton::kernels
