#include "pipelines/config/wires.hpp"

#include "pipelines/config/field_text.hpp"
#include "pipelines/config/glob.hpp"
#include "pipelines/config/limits.hpp"
#include "pipelines/config/topology.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using components = std::vector<component_draft>;

bool is_sink(const component_draft& component) {
  return component.kind == core::component_kind::sink;
}

/// Collects the wires of one component after the other.
class wire_finder {
public:
  wire_finder(const components& all, core::diagnostics& findings)
      : all_{all}, findings_{findings}, names_{index_names(all)} {
    plan_.inputs.resize(all.size());
    plan_.sound.assign(all.size(), true);
    plan_.errors_consumed.assign(all.size(), false);
  }

  wire_plan run() {
    for (std::size_t i = 0; i < all_.size(); ++i)
      add_exact(i);
    for (std::size_t i = 0; i < all_.size(); ++i)
      add_globs(i);
    return std::move(plan_);
  }

private:
  void refuse(std::size_t reader, core::source_span span, std::string message, std::string hint) {
    plan_.sound[reader] = false;
    findings_.error(span, std::move(message), std::move(hint));
  }

  void add(std::size_t reader, wire each) {
    if (each.errors)
      plan_.errors_consumed[each.from] = true;
    plan_.inputs[reader].push_back(std::move(each));
  }

  void add_exact(std::size_t reader) {
    const auto& inputs = all_[reader].inputs;
    if (inputs.size() > max_inputs)
      refuse(reader, inputs[max_inputs].span, fmt::format("more than {} inputs", max_inputs),
             "join some of them in a transform before this one");
    for (std::size_t i = 0; i < std::min(inputs.size(), max_inputs); ++i) {
      const auto twice =
          std::find_if(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const auto& other) { return other.text == inputs[i].text; });
      if (twice != inputs.begin() + static_cast<std::ptrdiff_t>(i))
        refuse(reader, inputs[i].span,
               fmt::format("'{}' is listed twice", shortened(inputs[i].text)),
               "remove one of the two");
      else if (!is_glob(inputs[i].text))
        add_named(reader, inputs[i]);
    }
  }

  void add_named(std::size_t reader, const written_input& input) {
    const stream_text stream{input.text};
    const auto found = names_.find(stream.component);
    if (found == names_.end())
      return refuse(reader, input.span,
                    fmt::format("there is no stream '{}'", shortened(input.text)),
                    stream_hint(input.text, all_));
    const auto from = found->second;
    if (from == reader)
      return refuse(reader, input.span, fmt::format("'{}' reads itself", all_[reader].name),
                    "name the component whose rows it should read");
    if (is_sink(all_[from]) && !stream.errors())
      return refuse(
          reader, input.span, fmt::format("'{}' is a sink and has no such output", all_[from].name),
          fmt::format("read what it reads, or its failed rows: {}.errors", all_[from].name));
    add(reader, {from, std::string{stream.port}, stream.errors(), false, input.span});
  }

  void add_globs(std::size_t reader) {
    const auto& inputs = all_[reader].inputs;
    const auto has_glob = [](const auto& input) { return is_glob(input.text); };
    if (inputs.size() > max_inputs || std::none_of(inputs.begin(), inputs.end(), has_glob))
      return;
    const auto behind = components_behind(reader, plan_.inputs);
    for (const auto& input : inputs)
      if (has_glob(input) && !add_glob(reader, input, behind))
        refuse(reader, input.span, fmt::format("nothing matches '{}'", shortened(input.text)),
               stream_hint("", all_));
  }

  bool add_glob(std::size_t reader, const written_input& input, const std::vector<bool>& behind) {
    const stream_text stream{input.text};
    bool any = false;
    for (std::size_t from = 0; from < all_.size(); ++from) {
      const bool fits = !behind[from] && (stream.errors() || !is_sink(all_[from])) &&
                        glob_matches(stream.component, all_[from].name);
      any = any || fits;
      if (fits && !has_wire(reader, from, stream))
        add(reader, {from, std::string{stream.port}, stream.errors(), true, input.span});
    }
    return any;
  }

  bool has_wire(std::size_t reader, std::size_t from, const stream_text& stream) const {
    const auto& wires = plan_.inputs[reader];
    return std::any_of(wires.begin(), wires.end(), [&](const auto& each) {
      return each.from == from && each.port == stream.port;
    });
  }

  static constexpr std::size_t max_inputs = 256;

  const components& all_;
  core::diagnostics& findings_;
  std::unordered_map<std::string_view, std::size_t> names_;
  wire_plan plan_;
};

} // namespace

bool wire_plan::all_sound() const noexcept {
  return std::find(sound.begin(), sound.end(), false) == sound.end();
}

stream_text::stream_text(std::string_view text) : component{text.substr(0, text.find('.'))} {
  if (component.size() < text.size())
    port = text.substr(component.size() + 1);
}

std::unordered_map<std::string_view, std::size_t> index_names(const components& all) {
  std::unordered_map<std::string_view, std::size_t> names;
  for (std::size_t i = 0; i < all.size(); ++i)
    names.try_emplace(all[i].name, i);
  return names;
}

std::string stream_hint(std::string_view text, const components& all) {
  const stream_text stream{text};
  std::vector<std::string> streams;
  for (const auto& component : all)
    if (stream.errors())
      streams.push_back(component.name + ".errors");
    else if (!is_sink(component))
      streams.push_back(component.name);
  return streams.empty() ? "no component has an output yet; add a source"
                         : name_hint(text, streams, "the streams are");
}

wire_plan connect(const components& all, core::diagnostics& findings) {
  auto plan = wire_finder{all, findings}.run();
  sort_topologically(all, plan, findings);
  return plan;
}

} // namespace lepton::pipelines
