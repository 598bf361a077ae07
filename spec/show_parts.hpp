// The parts of a shown spec, each in a file of its own. Internal to show.
#pragma once

#include <string>

#include "spec/design.hpp"
#include "spec/fields.hpp"
#include "spec/show_writer.hpp"

namespace treefall::spec {

inline constexpr std::string_view by_default = "default";
/// The origin to show.
inline std::string_view when(bool is_default) { return is_default ? by_default : std::string_view(); }

void show_worker(YamlWriter& out, const Design& design, const Worker& worker);
void show_traffic(YamlWriter& out, const Design& design, const Traffic& traffic);
void show_fault(YamlWriter& out, const Fault& fault);
void show_event(YamlWriter& out, const Design& design, const ScriptedEvent& event);
void show_promise(YamlWriter& out, const Design& design, const Promise& promise);
/// The keys of a child entry.
void show_child(YamlWriter& out, const Design& design, NodeId node);

/// A reference that resolves to exactly that target, as YAML.
std::string reference_text(const Design& design, const Target& target);
std::string reason_text(const ExitReason& reason);
std::string fault_name(const Design& design, FaultId fault);

/// The word at an enumerator's place in the field table.
template <class Enum>
std::string_view word_text(ObjectType type, std::string_view key, Enum value) {
  return find_field(info(type), key)->shape.words[static_cast<std::size_t>(value)].text;
}

}  // namespace treefall::spec
