%% Links that a worker asks for at its start: made at once where the other is alive, else when the other comes up.
-module(treefall_links).
-export([at_start/3]).

at_start(#{table := Table} = Design, Key, Targets) ->
    lists:foreach(fun(Target) -> ask(Design, treefall_design:resolve(Design, Target, Key)) end, Targets),
    Waiting = ets:select(Table, [{{{waits_for, Key, '$1'}}, [], ['$1']}]),
    lists:foreach(fun(Pid) -> make(Design, Key, Pid, Pid) end, Waiting).

%% The wish is written down before anybody looks, so that the two cannot miss each other.
ask(#{table := Table} = Design, Peer) ->
    ets:insert(Table, {{waits_for, Peer, self()}}),
    case treefall_design:where(Design, Peer) of
        undefined -> ok;
        Pid ->
            case treefall_registry:is_partition(Design, Peer) of
                true -> treefall_registry:register_with(Design, Peer);
                false -> is_process_alive(Pid) andalso (make(Design, Peer, self(), Pid) orelse ask(Design, Peer))
            end
    end.

%% Whoever takes the wish makes the link. False when the other has died meanwhile.
make(#{table := Table}, Peer, Asker, Other) ->
    ets:take(Table, {waits_for, Peer, Asker}) =:= [] orelse linked(Other).

%% A link to somebody who dies just now comes back as an exit signal `noproc`, which no design says: it is as if he had
%% been dead before. What is asked behind the link is answered behind its signal.
linked(Other) ->
    Traps = process_flag(trap_exit, true),
    link(Other),
    is_process_alive(Other),
    Linked = receive {'EXIT', Other, noproc} -> false after 0 -> true end,
    process_flag(trap_exit, Traps),
    Traps orelse obey(),
    Linked.

%% Signals that came meanwhile do to a process that does not trap them what they would have done.
obey() ->
    receive
        {'EXIT', _, normal} -> obey();
        {'EXIT', _, Reason} -> exit(Reason)
    after 0 -> ok
    end.
