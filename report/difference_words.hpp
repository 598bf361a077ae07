// What a change of a design comes to, in words that every format uses.
#pragma once

#include <string>
#include <vector>

#include "report/results.hpp"

namespace treefall::report {

/// One sentence: better, worse, both or neither; the figure that says most; how much else has changed.
std::string sentence(const Compared& compared);

/// A quantity that has changed beyond its error, or is new, as a row of a table.
struct ChangedRow {
  advice::Change change;
  std::string process;  // short, with its number of copies
  std::string quantity;
  std::string before;  // `87.4 s`; `cannot be said` where it can't
  std::string after;
  std::string shown_by;  // the method, or what execution says
};
/// Worse ones first, then better ones, then those of the new design only.
std::vector<ChangedRow> changed_rows(const Compared& compared);

/// `2 findings, 7 quantities; 14 quantities within their errors`: what no table shows.
std::string rest_text(const advice::Difference& difference);

/// How many quantities have changed like this.
std::size_t count(const advice::Difference& difference, advice::Change change);

}  // namespace treefall::report
