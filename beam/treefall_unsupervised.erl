%% Workers outside of all trees: started at boot or by the process that `started_by` names, linked to that or not,
%% restarted by nobody.
-module(treefall_unsupervised).
-export([at_boot/1, starter_came_up/2]).

%% Starts those that nobody of the design starts.
at_boot(#{unsupervised := Workers, tracer := Tracer} = Design) ->
    lists:foreach(fun(Key) ->
                      Pid = spawn(fun() -> receive go -> start(Design, Key) end end),
                      treefall_log:watch(Pid, Tracer),
                      Pid ! go
                  end, [Key || #{node := Node, started_by := none} <- Workers, Key <- places(Design, Node)]).

%% The calling process has come up: it starts its own that are not alive, and links itself to them.
starter_came_up(#{unsupervised := Workers} = Design, Starter) ->
    lists:foreach(fun({Key, Linked}) -> started_by(Design, Key, Linked) end,
                  [{Key, Linked} || #{node := Node, started_by := By, linked := Linked} <- Workers, By =/= none,
                                    means(By, Starter), Key <- places(Design, Node)]).

started_by(#{table := Table} = Design, Key, Linked) ->
    case treefall_design:where(Design, Key) of
        undefined ->
            Linked andalso ets:insert(Table, {{waits_for, Key, self()}}),  % linked when it comes up
            spawn(fun() -> start(Design, Key) end);
        Pid -> Linked andalso link(Pid)
    end.

%% As nobody's child: the process that starts it is gone at once.
start(#{index := Index}, Key) ->
    process_flag(trap_exit, true),
    case treefall_child:start(Index, Key) of
        {ok, Pid} -> unlink(Pid);
        _ -> ok
    end.

%% Does the reference mean this place? Where it names no copy it means each.
means(Target, {Id, Copies}) ->
    {Asked, Pin} = lists:last(Target),
    Asked =:= Id andalso (Pin =:= any orelse Pin =:= lists:last(Copies)).

places(Design, Node) ->
    #{count := Count} = treefall_design:node(Design, Node),
    [{Node, [Copy]} || Copy <- lists:seq(0, Count - 1)].
