#include "spec/read.hpp"

#include <algorithm>
#include <tuple>

#include "spec/build.hpp"
#include "spec/check.hpp"
#include "spec/suppressions.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

namespace {

bool is_error(const Diagnostic& d) { return d.severity == Severity::error; }

/// By position; what one anchor brings to several places is said once.
void tidy(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.start.byte, a.span.end.byte) < std::tie(b.span.start.byte, b.span.end.byte);
  });
}

}  // namespace

Reading read(const Source& source) {
  Reading reading;
  const yaml::Tree tree = yaml::parse(source, reading.diagnostics);
  if (tree.root) {
    const yaml::Cursor root(tree, *tree.root);
    check_shape(root, tree.complete, reading.diagnostics);
    if (root.is_mapping()) reading.design = build(root, source.file(), !tree.complete, reading.diagnostics);
    if (reading.design) reading.design->suppressions = suppressions(tree, source, reading.diagnostics);
  }
  tidy(reading.diagnostics);
  if (std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(), is_error)) reading.design.reset();
  return reading;
}

}  // namespace treefall::spec
