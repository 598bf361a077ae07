#include "spec/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "spec/build.hpp"
#include "spec/check.hpp"
#include "spec/suppressions.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

namespace {

bool is_error(const Diagnostic& d) { return d.severity == Severity::error; }

Diagnostic at_start(const Source& source, std::string rule, std::string message, std::string help) {
  Diagnostic d;
  d.rule = std::move(rule);
  d.message = std::move(message);
  d.help = std::move(help);
  d.span = {source.position(0), source.position(static_cast<std::uint32_t>(source.line(1).size()))};
  return d;
}

/// A mistake that an anchor brings to several places is said once: where it is written if that is checked itself, else
/// at the first use.
void merge_uses(std::vector<Diagnostic>& diagnostics) {
  using Key = std::tuple<std::string, std::string, std::uint32_t>;
  const auto written = [](const Diagnostic& d) {
    return came_through_alias(d) ? d.labels.front().span.start.byte : d.span.start.byte;
  };
  std::set<Key> direct;
  for (const Diagnostic& d : diagnostics) {
    if (!came_through_alias(d)) direct.emplace(d.rule, d.message, written(d));
  }
  std::erase_if(diagnostics, [&](const Diagnostic& d) {
    return came_through_alias(d) && !direct.emplace(d.rule, d.message, written(d)).second;
  });
}

/// By position, and not more of them than anybody reads.
void tidy(const Source& source, std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.start.byte, a.span.end.byte) < std::tie(b.span.start.byte, b.span.end.byte);
  });
  merge_uses(diagnostics);
  if (diagnostics.size() <= most_diagnostics) return;
  const std::size_t more = diagnostics.size() - most_diagnostics;
  diagnostics.resize(most_diagnostics);
  Diagnostic rest =
      at_start(source, "too-many-mistakes",
               fmt::format("{} more mistakes are not listed", more >= 8000 ? "thousands of" : fmt::to_string(more)),
               "mend the first ones and read again");
  rest.span = diagnostics.back().span;
  diagnostics.push_back(std::move(rest));
}

}  // namespace

Reading read(const Source& source) {
  constexpr std::size_t most_bytes = 3 << 20;
  Reading reading;
  if (source.text().size() > most_bytes) {
    reading.diagnostics.push_back(at_start(source, "file-too-large", "the file is larger than 3 MiB",
                                           "a spec of that size is generated; use `count` for equal children"));
    return reading;
  }
  yaml::Tree tree = yaml::parse(source, reading.diagnostics);
  const bool empty = !tree.root || yaml::Cursor(tree, *tree.root).is_empty();
  if (empty && reading.diagnostics.empty()) {
    reading.diagnostics.push_back(at_start(source, "missing-key", "the file is empty", "start with `treefall: 1`"));
  }
  if (!empty) {
    const yaml::Cursor root(tree, *tree.root);
    const Shaped shaped = check_shape(root, tree.complete, reading.diagnostics);
    // What is strange in the column that a line was moved to may follow from that alone.
    std::erase_if(reading.diagnostics, [&](const Diagnostic& d) {
      const bool strange = d.rule == "unknown-key" || d.rule == "duplicate-key";
      return strange && std::ranges::find(tree.moved, d.span.start.line) != tree.moved.end();
    });
    for (const Shaped::Meant& one : shaped.meant) tree.replace(one.key, one.as);
    for (const Span& unread : shaped.unread) {
      if (tree.left_out.size() > source.text().size()) break;  // parts that contain each other
      tree.left_out.append(source.text(), unread.start.byte, unread.end.byte - unread.start.byte) += '\n';
    }
    if (root.is_mapping()) reading.design = build(root, tree, source.file(), reading.diagnostics);
    if (reading.design) reading.design->suppressions = suppressions(tree, source, reading.diagnostics);
  }
  tidy(source, reading.diagnostics);
  if (std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(), is_error)) reading.design.reset();
  return reading;
}

}  // namespace treefall::spec
