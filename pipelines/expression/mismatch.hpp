#pragma once

#include "core/schema.hpp"
#include "pipelines/expression/overloads.hpp"
#include "pipelines/expression/reporter.hpp"
#include "pipelines/expression/syntax_tree.hpp"

#include <span>

namespace lepton::pipelines::expr {

/// A call that fits no overload, with the types of its arguments.
struct misfit {
  const syntax_tree& tree;
  const syntax_node& call;
  std::span<const value_type> types;
  const core::schema& schema;
  const reporter& report;
};

/// Says why a call fits no overload and what to write instead: an unknown name, the wrong way to
/// call, the wrong number or the wrong types of arguments.
void report_mismatch(const misfit& found);

void report_unknown_column(const syntax_node& column, const core::schema& schema,
                           const reporter& report);

bool style_fits(call_style written, call_forms allowed) noexcept;

} // namespace lepton::pipelines::expr
