// What the real trace says of whose turn it was: which process did its next thing first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/types.hpp"
#include "spec/design.hpp"
#include "tests/differential/compare.hpp"

namespace treefall::differential {

class Guide {
 public:
  Guide(const spec::Design& design, const std::vector<Event>& real);

  /// An execution of the model begins.
  void begin();
  /// It does this.
  void hear(const Event& event);

  /// When the real process of this place did what that of the model does next; `never` when that is unknown, or
  /// nothing.
  std::int64_t next(runtime::Slot place) const;
  /// The same of all others: of the first of them.
  std::int64_t next_but(runtime::Slot place) const;

  static constexpr std::int64_t never = INT64_MAX;

 private:
  struct Actor {
    std::vector<std::int64_t> times;  // of what it really does
    std::size_t done = 0;             // so much by the model
    std::int64_t next() const { return done < times.size() ? times[done] : never; }
  };
  std::size_t number(const std::string& path);

  std::vector<Actor> actors_;
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::size_t> of_place_;
};

}  // namespace treefall::differential
