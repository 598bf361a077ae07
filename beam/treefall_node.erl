%% Plays one design: starts its applications as OTP's application controller does, its clients, faults and script in
%% their time, and ends with the node or at `until`.
-module(treefall_node).
-export([play/1]).

%% How long the stop of a node is watched.
-define(LONGEST_STOP_MS, 10000).

%% Returns the trace (an iolist). `start`: the instant of the VM's clock that is node time 0.
play(#{start := Start, until := Until} = Description) ->
    process_flag(trap_exit, true),
    Tracer = treefall_log:tracer(),
    Design = treefall_design:open(Description),
    Watched = Design#{tracer => Tracer},
    treefall_design:sleep_until(Design, Start),
    Surroundings = begin_surroundings(Watched),
    End = treefall_design:timer_at(Start + Until, self(), 'until'),
    treefall_unsupervised:at_boot(Watched),
    case boot(Watched, maps:get(applications, Design), [], End) of
        {until, Running} -> drain(Watched, Surroundings, Running);
        _ -> ok
    end,
    timer:sleep(10),  % those who are just learning of the end write that down
    Rows = treefall_log:collect(Design, Tracer),
    Late = treefall_stalls:worst(Design, Start, erlang:monotonic_time(nanosecond)),
    Trace = treefall_trace:lines(Design#{late => Late}, Rows),
    exit(Surroundings, kill),
    sweep(Rows),
    treefall_design:close(Design),
    Trace.

%% Kills whatever is left, those that restart others first.
sweep(Rows) ->
    Pids = [Pid || {_, {process, Pid, _, _}} <- Rows],
    lists:foreach(fun(_) -> lists:foreach(fun(Pid) -> exit(Pid, kill) end, Pids) end, [once, again]).

begin_surroundings(#{faults := Faults} = Design) ->
    Self = self(),
    Pid = spawn(fun() ->
                    treefall_faults:start(Design, self()),
                    lists:foreach(fun(_) -> receive {fault_ready, _} -> ok end end, Faults),
                    Self ! faults_ready,
                    treefall_traffic:start(Design),
                    treefall_script:run(Design)
                end),
    receive faults_ready -> Pid end.

%% ---- applications ----

boot(Design, [], Running, End) ->
    treefall_population:start(Design),
    run(Design, Running, End);
boot(Design, [#{name := Name, root := Root, start := Type} = Application | Rest], Running, End) ->
    Self = self(),
    Master = spawn(fun() -> receive go -> master(Design, Self, Name, Root) end end),
    treefall_log:watch(Master, maps:get(tracer, Design)),
    ets:insert(maps:get(table, Design), {{master, Root}, Master}),
    Master ! go,
    receive
        {booted, Name} -> boot(Design, Rest, [Application#{master => Master} | Running], End);
        {boot_failed, Name, Reason} when Type =/= temporary -> stop_node(Design, Name, Reason, Running, End);
        {boot_failed, Name, _} -> boot(Design, Rest, Running, End);
        {timeout, End, 'until'} -> ok
    end.

%% The time is over: for measurements, the orderly stop that a deployment would order, without its clients.
drain(#{measured := true} = Design, Surroundings, Running) ->
    exit(Surroundings, kill),
    treefall_log:row(Design, {draining}),
    drain(Running, erlang:monotonic_time(millisecond) + ?LONGEST_STOP_MS);
drain(_, _, _) -> ok.

drain([], _) -> ok;
drain([#{name := Name, master := Master} | Rest], Limit) ->
    Master ! stop,
    receive
        {ended, Name, _} -> drain(Rest, Limit)
    after max(0, Limit - erlang:monotonic_time(millisecond)) -> ok
    end.

run(Design, Running, End) ->
    receive
        {timeout, End, 'until'} -> {until, Running};
        {ended, Name, Reason} ->
            [#{start := Type}] = [A || #{name := N} = A <- Running, N =:= Name],
            Left = [A || #{name := N} = A <- Running, N =/= Name],
            case Type of
                permanent -> stop_node(Design, Name, Reason, Left, End);
                transient when Reason =/= normal -> stop_node(Design, Name, Reason, Left, End);
                _ -> run(Design, Left, End)
            end
    end.

%% All other applications, in reverse start order, each until it is down.
stop_node(Design, Cause, Reason, [], _) -> treefall_log:row(Design, {node_stopped, Cause, Reason});
stop_node(Design, Cause, Reason, [#{name := Name, master := Master} | Rest], End) ->
    Master ! stop,
    receive
        {ended, Name, _} -> stop_node(Design, Cause, Reason, Rest, End);
        {timeout, End, 'until'} -> ok
    end.

%% The application's master: links to the top supervisor, and passes on its end whatever the reason.
master(#{index := Index} = Design, Node, Name, Root) ->
    process_flag(trap_exit, true),
    treefall_log:row(Design, {process, self(), {application, Name}, 1}),
    case treefall_child:start(Index, treefall_design:root(Design, Root)) of
        {ok, Pid} ->
            Node ! {booted, Name},
            serve(Node, Name, Pid);
        {error, Reason} -> Node ! {boot_failed, Name, Reason};
        ignore -> Node ! {boot_failed, Name, ignore}
    end.

serve(Node, Name, Pid) ->
    receive
        {'EXIT', Pid, Reason} -> Node ! {ended, Name, Reason};
        stop ->
            exit(Pid, shutdown),
            serve(Node, Name, Pid)
    end.
