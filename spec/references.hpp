// From a name in the text to the process, fault or traffic source that it means.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/design.hpp"
#include "spec/diagnostic.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

/// Resolves against the nodes that a design has when it is made; reports what it can't resolve. Where parts of the text
/// were left out, a name that they hold, or a path, may be missing without anybody's fault.
class References {
 public:
  References(const Design& design, const yaml::Tree& tree, std::vector<Diagnostic>& out);

  /// `Name` where it is unique, else as much of its path as it takes; `Name[0]` picks a copy.
  std::optional<Target> process(const yaml::Cursor& name) const;
  std::optional<FaultId> fault(const yaml::Cursor& name) const;
  /// A process, else an application; `traffic:NAME`.
  std::optional<Subject> subject(const yaml::Cursor& name) const;

 private:
  struct Parts {
    std::string plain;                                // without the copy numbers
    std::vector<std::optional<std::uint32_t>> picks;  // of each part
  };
  static Parts split(std::string_view text);
  const std::vector<NodeId>& candidates(const std::string& plain) const;
  std::vector<NodeId> find(std::string_view plain) const;
  std::string qualified(NodeId node) const;
  std::optional<Target> target(NodeId node, const Parts& parts, const yaml::Cursor& name) const;
  bool may_be_left_out(std::string_view name) const;
  /// `count` names are known, which `names` lists.
  void unknown(const yaml::Cursor& name, std::string_view what, std::size_t count,
               const std::function<std::vector<std::string_view>()>& names) const;
  void ambiguous(const yaml::Cursor& name, const std::vector<NodeId>& found) const;

  const Design* design_;
  const yaml::Tree* tree_;
  std::vector<Diagnostic>* out_;
  mutable std::optional<std::vector<NodeId>> by_name_;  // all nodes, sorted when first asked for
  std::map<std::string, FaultId, std::less<>> faults_;
  mutable std::map<std::string, std::vector<NodeId>> found_;  // what `candidates` has found before
};

}  // namespace treefall::spec
