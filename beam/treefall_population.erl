%% Children that are not in a supervisor's static list: the population of dynamic ones, and what the script starts.
-module(treefall_population).
-export([start/1, populate/2, start_child/3, module/2, reference/2, child_id/2]).

%% Starts the population of each dynamic supervisor of the tree, in the order of their templates.
start(#{applications := Applications, table := Table} = Design) ->
    ets:insert(Table, {booted}),
    lists:foreach(fun(#{root := Root}) -> visit(Design, treefall_design:root(Design, Root)) end, Applications).

visit(Design, {Id, _} = Key) ->
    case treefall_design:node(Design, Id) of
        #{role := worker} -> ok;
        #{kind := Kind, simple := Simple, children := Children} ->
            case Kind =:= dynamic orelse Kind =:= task orelse Simple of
                true -> spawn(fun() -> populate(Design, Key) end);
                false ->
                    [visit(Design, Child) || Node <- Children, Child <- treefall_design:place(Design, Key, Node)]
            end
    end.

%% Starts those of this supervisor's population that are not there.
populate(Design, {Id, _} = Key) ->
    #{children := Children} = treefall_design:node(Design, Id),
    [catch start_child(Design, Key, Child) || Node <- Children, Child <- treefall_design:place(Design, Key, Node),
                                              treefall_design:where(Design, Child) =:= undefined].

start_child(Design, {Id, _} = Supervisor, {Child, Copies} = Key) ->
    Who = reference(Design, Supervisor),
    case treefall_design:node(Design, Id) of
        #{simple := true} -> supervisor:start_child(Who, [{Child, lists:last(Copies)}]);
        _ -> (module(Design, Supervisor)):start_child(Who, treefall_child:child_spec(Design, Key))
    end.

%% Whose functions the API of this supervisor is.
module(Design, {Id, _}) ->
    case treefall_design:node(Design, Id) of
        #{simple := true} -> supervisor;
        #{kind := Kind} when Kind =:= dynamic; Kind =:= task -> 'Elixir.DynamicSupervisor';
        _ -> supervisor
    end.

reference(Design, Key) ->
    case treefall_design:is_dynamic(Design, Key) of
        true -> treefall_design:where(Design, Key);
        false -> treefall_design:name(Design, Key)
    end.

%% The id of a static child: its key; the number of a partition where Elixir made it.
child_id(#{dialect := Dialect} = Design, {Id, Copies} = Key) ->
    #{parent := Parent} = treefall_design:node(Design, Id),
    case treefall_design:node(Design, Parent) of
        #{kind := partition} when Dialect =:= elixir -> lists:last(Copies);
        #{kind := registry} -> treefall_design:name(Design, Key);
        _ -> Key
    end.
