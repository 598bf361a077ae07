%% The script: what somebody does to the node from outside, at its times.
-module(treefall_script).
-export([run/1]).

run(#{script := Script, start := Start} = Design) ->
    lists:foreach(fun(#{at := At} = Step) ->
                      treefall_design:sleep_until(Design, Start + At),
                      act(Design, Step)
                  end, Script),
    receive never -> ok end.

act(Design, #{what := What, to := Target} = Step) ->
    To = treefall_design:resolve(Design, Target, none),
    case {What, treefall_design:where(Design, To)} of
        {send, _} -> treefall_traffic:send(Design, <<"script">>, To, maps:get(as, Step), maps:get(message, Step));
        {kill, Pid} when is_pid(Pid) -> exit(Pid, kill);
        {exit, Pid} when is_pid(Pid) -> end_it(Design, To, Pid, maps:get(reason, Step));
        {shutdown, Pid} when is_pid(Pid) -> as_parent(Design, To, Pid, shutdown);
        {kill, undefined} -> ok;
        {exit, undefined} -> ok;
        {shutdown, undefined} -> ok;
        {_, _} ->
            % Whoever asks a supervisor waits until it is idle, without limit.
            spawn(fun() -> ask(Design, What, To, maps:get(child, Step)) end)
    end.

%% The process ends with this reason, by its own doing; a supervisor stops its children before it does.
end_it(Design, {Id, _} = Key, Pid, Reason) ->
    case treefall_design:node(Design, Id) of
        #{role := worker} -> Pid ! {treefall_crash, {treefall_design:now(Design), Reason}};
        #{role := supervisor} -> as_parent(Design, Key, Pid, Reason)
    end.

%% The exit signal of the parent.
as_parent(Design, {Id, _} = Key, Pid, Reason) ->
    case treefall_design:node(Design, Id) of
        #{role := worker, traps := false} -> exit(Pid, Reason);
        _ -> Pid ! {'EXIT', parent(Design, Key), Reason}
    end.

parent(#{table := Table} = Design, {Id, _} = Key) ->
    case above(Design, Key) of
        none ->
            [{_, Master}] = ets:lookup(Table, {master, Id}),
            Master;
        Above -> treefall_design:where(Design, Above)
    end.

above(Design, {Id, Copies}) ->
    case treefall_design:node(Design, Id) of
        #{parent := none} -> none;
        #{parent := Parent} -> {Parent, lists:droplast(Copies)}
    end.

%% ---- the supervisors' API ----

ask(Design, start_child, Supervisor, Child) ->
    [catch treefall_population:start_child(Design, Supervisor, Key)
     || Key <- treefall_design:place(Design, Supervisor, Child)];
ask(Design, What, Key, _) ->
    Supervisor = above(Design, Key),
    Module = treefall_population:module(Design, Supervisor),
    Who = treefall_population:reference(Design, Supervisor),
    Id = case treefall_design:is_dynamic(Design, Key) of
             true -> treefall_design:last(Design, Key);
             false -> treefall_population:child_id(Design, Key)
         end,
    catch Module:What(Who, Id).
