#pragma once

#include "core/schema.hpp"
#include "pipelines/expression/program.hpp"
#include "pipelines/expression/reporter.hpp"
#include "pipelines/expression/syntax_tree.hpp"

#include <memory>

namespace lepton::pipelines::expr {

/// Gives every part of the tree a type, picks the overloads, computes constant parts, and turns
/// the rest into a program. Reports every finding; a null pointer if there was an error. Does not
/// set the label.
std::shared_ptr<program> check_expression(const syntax_tree& tree, const core::schema& schema,
                                          const reporter& report);

} // namespace lepton::pipelines::expr
