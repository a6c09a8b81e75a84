#include "connectors/formats/csv/csv_split.hpp"

#include <algorithm>

namespace lepton::connectors {

const char* csv_split::split(std::string_view record) {
  fields_.clear();
  unescaped_.clear();
  unescaped_.reserve(record.size()); // the views into it must stay
  if (record.ends_with('\r'))
    record.remove_suffix(1);
  for (std::size_t at = 0;;) {
    if (at < record.size() && record[at] == '"') {
      if (const char* wrong = quoted(record, at))
        return wrong;
    } else {
      const auto end = std::min(record.find(delimiter_, at), record.size());
      const auto text = record.substr(at, end - at);
      if (text.find('"') != std::string_view::npos)
        return "a quote inside of a field without quotes around it";
      fields_.push_back({text, false});
      at = end;
    }
    if (at == record.size())
      return nullptr;
    if (record[at] != delimiter_)
      return "text after a closing quote";
    ++at;
  }
}

const char* csv_split::quoted(std::string_view record, std::size_t& at) {
  const auto begin = ++at;
  const auto kept = unescaped_.size();
  auto part = begin;
  for (;;) {
    const auto quote = record.find('"', at);
    if (quote == std::string_view::npos)
      return "a quoted field does not end";
    at = quote + 1;
    if (at == record.size() || record[at] != '"')
      break;
    unescaped_.append(record, part, at - part); // with one of the two quotes
    part = ++at;
  }
  const auto last = record.substr(part, at - 1 - part);
  if (part == begin) {
    fields_.push_back({last, true});
    return nullptr;
  }
  unescaped_.append(last);
  fields_.push_back({std::string_view{unescaped_}.substr(kept), true});
  return nullptr;
}

} // namespace lepton::connectors
