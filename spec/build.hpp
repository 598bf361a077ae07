// From the checked value tree to a design, in three steps: the nodes of the trees with their names and counts, then
// (now that every name is known) what they do, then what stands around them. Internal to the reader.
#pragma once

#include <utility>
#include <vector>

#include "spec/design.hpp"
#include "spec/diagnostic.hpp"
#include "spec/mapping.hpp"
#include "spec/references.hpp"

namespace treefall::spec {

/// The mapping that a node is read from. The place of it in a list is the node's id.
struct NodeSource {
  ObjectType type = ObjectType::worker;
  yaml::Cursor cursor;
  Mapping mapping() const { return {type, cursor}; }
};

/// Makes the nodes of a child entry and of all below it; appends them with their mappings.
NodeId grow(Design& design, const yaml::Cursor& entry, NodeId parent, ApplicationId application, bool scripted,
            std::vector<NodeSource>& sources);
/// Makes the node of an unsupervised worker.
NodeId grow_unsupervised(Design& design, const yaml::Cursor& entry, std::vector<NodeSource>& sources);
/// The settings that do not depend on other nodes: restart, shutdown, significant, …
void fill_settings(Node& node, const Mapping& mapping);

/// What a supervisor or a worker does.
void fill_supervisor(Supervisor& supervisor, const Mapping& mapping, const References& references);
void fill_worker(Worker& worker, const Mapping& mapping, const References& references);

/// Faults and the names of traffic sources; they refer to nothing.
void read_faults(Design& design, const Mapping& file);
void name_traffic(Design& design, const Mapping& file);
/// The rest refers to processes and faults.
void read_traffic(Design& design, const Mapping& file, const References& references);
void read_promises(Design& design, const Mapping& file, const References& references, std::vector<Diagnostic>& out);
/// Script entries whose `start_child` children have been grown already, in the order of the file.
void read_script(Design& design, const Mapping& file, const std::vector<NodeId>& started, const References& references,
                 std::vector<Diagnostic>& out);
ExitReason exit_reason(std::string_view text);

/// The whole file, `root` of `tree`.
Design build(const yaml::Cursor& root, const yaml::Tree& tree, std::string_view file, std::vector<Diagnostic>& out);

}  // namespace treefall::spec
