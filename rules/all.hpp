// Every rule there is, in the order of the catalogue. To add a rule: its file in this folder and one line here.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "analyzer/rule.hpp"

// One line a rule: the name of its value; its id has hyphens for the underscores.
#define TREEFALL_RULES(RULE)              \
  RULE(certain_cascade)                   \
  RULE(phase_dependent_cascade)           \
  RULE(cascade_probability)               \
  RULE(timeout_cascade)                   \
  RULE(nested_budget_product)             \
  RULE(shared_budget_dynamic)             \
  RULE(transient_supervisor_silent_death) \
  RULE(boot_order_violation)              \
  RULE(linked_task_kills_owner)           \
  RULE(sync_call_cycle)                   \
  RULE(server_saturation)                 \
  RULE(burst_timeout)                     \
  RULE(retry_storm)                       \
  RULE(messages_lost_per_crash)

namespace treefall::rules {

#define TREEFALL_DECLARE(name) extern const analyzer::Rule name;
TREEFALL_RULES(TREEFALL_DECLARE)
#undef TREEFALL_DECLARE

/// All rules, grouped as in the documentation.
std::span<const analyzer::Rule* const> all();
/// The rule of this id, or null.
const analyzer::Rule* find(std::string_view id);
/// The id that was probably meant.
std::optional<std::string_view> nearest(std::string_view id);

}  // namespace treefall::rules
