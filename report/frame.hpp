// One diagnostic as people read it: what is wrong, where, the lines with carets under them, facts and help.
#pragma once

#include <string>
#include <string_view>

#include "report/paint.hpp"
#include "spec/diagnostic.hpp"
#include "spec/source.hpp"

namespace treefall::report {

/// In the layout of rustc, each line ended by a line feed:
///
///     error[unknown-key]: unknown key `restrat` in a worker
///       --> shop.yaml:19:9
///        |
///     19 |         restrat: transient
///        |         ^^^^^^^ did you mean `restart`?
///        |
///        = help: a worker takes: restart, shutdown, …
///        = explain: treefall explain unknown-key
///
/// The last line stands only where `explain` is not empty. Text of the source cannot do harm to a terminal; spans
/// outside the source are drawn at its nearest end.
std::string frame(const spec::Source& source, const spec::Diagnostic& diagnostic, const Paint& paint,
                  std::string_view explain = {});

}  // namespace treefall::report
