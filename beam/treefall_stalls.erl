%% A watch over the VM's schedulers: when did one of them not run what was due? A machine that does other things too lets
%% processes wait; what was played meanwhile says nothing about OTP.
-module(treefall_stalls).
-export([start/0, worst/3]).

-define(EVERY_MS, 2).
-define(WORTH_NOTING_NS, 3000000).

%% One process on each scheduler, as patient as any other: it sees what they see.
start() ->
    Table = ets:new(treefall_stalls, [public, duplicate_bag, {write_concurrency, true}]),
    lists:foreach(fun(Scheduler) ->
                      spawn_opt(fun() -> watch(Table, erlang:monotonic_time(nanosecond)) end, [{scheduler, Scheduler}])
                  end, lists:seq(1, erlang:system_info(schedulers_online))),
    persistent_term:put(treefall_stalls, Table).

watch(Table, Since) ->
    receive after ?EVERY_MS -> ok end,
    Now = erlang:monotonic_time(nanosecond),
    Late = Now - Since - ?EVERY_MS * 1000000,
    Late > ?WORTH_NOTING_NS andalso ets:insert(Table, {Since, Now, Late}),
    watch(Table, Now).

%% The longest wait that overlaps this span, and the lateness of the design's own timers, in nanoseconds.
worst(Design, From, To) ->
    Waits = ets:select(persistent_term:get(treefall_stalls),
                       [{{'$1', '$2', '$3'}, [{'<', '$1', To}, {'>', '$2', From}], ['$3']}]),
    lists:max([treefall_design:lateness(Design) | Waits]).
