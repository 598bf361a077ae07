%% What happened, row by row: written by the played processes themselves (into the design's table) and by the VM's own
%% tracing of them (through one tracer a design). Rows carry the VM's strict monotonic time stamp, which orders them
%% all; treefall_trace makes trace lines of them.
-module(treefall_log).
-export([row/2, measure/2, measure/3, patterns/0, watch/2, tracer/0, collect/2]).

%% Writes a row stamped now.
row(#{events := Events}, Row) ->
    ets:insert(Events, {{erlang:monotonic_time(nanosecond), erlang:unique_integer([monotonic])}, Row}).

%% Writes down what only measurements need, where they are wanted: stamped with the instant that it is meant to be now,
%% or with another.
measure(#{measured := true} = Design, Row) -> measure(Design, treefall_design:now(Design), Row);
measure(_, _) -> ok.

measure(#{measured := true} = Design, Instant, Row) -> row(Design, {measure, Instant, Row});
measure(_, _, _) -> ok.

%% What of OTP's supervisors is watched: the one function that stamps restarts, the one that decides an automatic
%% shutdown, the exit signals that they send, and the moment when a start function's process says that it is up.
patterns() ->
    Return = [{'_', [], [{return_trace}]}],
    lists:foreach(fun(Module) -> {module, _} = code:ensure_loaded(Module) end, [supervisor, proc_lib]),
    1 = erlang:trace_pattern({supervisor, add_restart, 1}, Return, [local]),
    1 = erlang:trace_pattern({supervisor, do_auto_shutdown, 2}, Return, [local]),
    1 = erlang:trace_pattern({erlang, exit, 2}, true, []),
    1 = erlang:trace_pattern({proc_lib, init_ack, 2}, true, []),
    case code:ensure_loaded('Elixir.DynamicSupervisor') of
        {module, Dynamic} -> 1 = erlang:trace_pattern({Dynamic, add_restart, 1}, Return, [local]);
        {error, _} -> none
    end,
    treefall_registry:prepare(),
    ok.

%% Traces a process and all that it will spawn.
watch(Pid, Tracer) ->
    1 = erlang:trace(Pid, true, [procs, call, set_on_spawn, strict_monotonic_timestamp, {tracer, Tracer}]),
    ok.

tracer() ->
    spawn(fun() ->
              process_flag(message_queue_data, off_heap),
              process_flag(priority, low),
              tracing([])
          end).

tracing(Rows) ->
    receive
        {trace_ts, Pid, exit, Reason, Stamp} -> tracing([{Stamp, {exit, Pid, Reason}} | Rows]);
        {trace_ts, Pid, call, {erlang, exit, [To, Reason]}, Stamp} ->
            tracing([{Stamp, {signal, Pid, To, Reason}} | Rows]);
        {trace_ts, Pid, call, {proc_lib, init_ack, [_, {ok, Pid}]}, Stamp} -> tracing([{Stamp, {up, Pid}} | Rows]);
        {trace_ts, Pid, return_from, {_, add_restart, 1}, Result, Stamp} ->
            tracing([{Stamp, {stamped, Pid, verdict(Result), stamps(element(2, Result))}} | Rows]);
        {trace_ts, Pid, return_from, {supervisor, do_auto_shutdown, 2}, {shutdown, _}, Stamp} ->
            tracing([{Stamp, {auto_shutdown, Pid}} | Rows]);
        {trace_ts, Pid, call, {'Elixir.Registry.Partition', start_link, [Name, _]}, Stamp} ->
            tracing([{Stamp, {partition_starts, Pid, Name}} | Rows]);
        {trace_ts, Pid, return_from, {'Elixir.Registry.Partition', start_link, 2}, Result, Stamp} ->
            tracing([{Stamp, {partition_started, Pid, Result}} | Rows]);
        {collect, From, Ref} -> From ! {Ref, Rows};
        _ -> tracing(Rows)
    end.

verdict({ok, _}) -> counted;
verdict({_, _}) -> gave_up.

%% The stamps that a supervisor's state holds: a field of OTP's record, a key of Elixir's struct.
stamps(#{restarts := Stamps}) -> length(Stamps);
stamps(State) -> length(element(8, State)).

%% All rows in order. Ends the tracer.
collect(#{events := Events} = Design, Tracer) ->
    Delivered = erlang:trace_delivered(all),
    receive {trace_delivered, all, Delivered} -> ok end,
    Ref = make_ref(),
    Tracer ! {collect, self(), Ref},
    receive {Ref, Traced} -> treefall_registry:rows(Design, lists:merge(ets:tab2list(Events), lists:sort(Traced))) end.
