%% Who starts the population of a dynamic supervisor again after that was restarted empty, and when; and the children
%% that start on demand.
-module(treefall_reseeding).
-export([came_up/2, demanded/2]).

%% A process of this place has come up (in its init). Of a pool: whoever seeds it may notice; of a seeder: it may seed.
came_up(#{table := Table} = Design, {Id, _} = Key) ->
    case ets:member(Table, booted) of
        false -> ok;  % the first population is the boot's
        true ->
            case treefall_design:node(Design, Id) of
                #{reseeded := #{'when' := When} = How} ->
                    ets:delete(Table, {awaits_seeder, Key}),
                    When =:= noticed andalso later(Design, Key, How);
                _ -> ok
            end,
            [later(Design, Pool, How) || {Pool, #{by := By, 'when' := When} = How} <- pools(Design),
                                         treefall_design:resolve(Design, By, Pool) =:= Key,
                                         When =:= started orelse ets:member(Table, {awaits_seeder, Pool})],
            ok
    end.

later(Design, Pool, #{'after' := After} = How) ->
    Due = treefall_design:now(Design) + treefall_random:draw(After),
    spawn(fun() ->
              treefall_design:sleep_until(Design, Due),
              treefall_design:where(Design, Pool) =/= undefined andalso seed(Design, Pool, How)
          end),
    ok.

%% By a seeder that is not up it waits until that is.
seed(#{table := Table} = Design, Pool, #{by := By}) ->
    case treefall_design:where(Design, treefall_design:resolve(Design, By, Pool)) of
        undefined -> ets:insert(Table, {{awaits_seeder, Pool}});
        _ ->
            ets:delete(Table, {awaits_seeder, Pool}),
            treefall_population:populate(Design, Pool)
    end.

%% The places of the static tree that somebody seeds again.
pools(#{nodes := Nodes, applications := Applications} = Design) ->
    case lists:any(fun(Node) -> is_map(maps:get(reseeded, Node, none)) end, tuple_to_list(Nodes)) of
        false -> [];
        true -> lists:append([pools(Design, treefall_design:root(Design, Root)) || #{root := Root} <- Applications])
    end.

pools(Design, {Id, _} = Key) ->
    case treefall_design:node(Design, Id) of
        #{reseeded := How} when is_map(How) -> [{Key, How}];
        #{role := supervisor, children := Children} ->
            [Pool || Child <- Children, Place <- treefall_design:place(Design, Key, Child), Pool <- pools(Design, Place)];
        _ -> []
    end.

%% Somebody needs the process of this place: is it one that starts on demand, it is started, once however many ask.
%% Waits until it is up.
demanded(#{table := Table} = Design, {Id, _} = Key) ->
    case treefall_design:node(Design, Id) of
        #{on_demand := true, parent := Parent} ->
            case treefall_design:where(Design, Key) =:= undefined andalso ets:insert_new(Table, {{demanded, Key}}) of
                true ->
                    catch treefall_population:start_child(Design, {Parent, lists:droplast(element(2, Key))}, Key),
                    ets:delete(Table, {demanded, Key});
                false -> until_started(Design, Key)
            end,
            ok;
        _ -> ok
    end.

until_started(#{table := Table} = Design, Key) ->
    case ets:member(Table, {demanded, Key}) of
        true ->
            timer:sleep(1),
            until_started(Design, Key);
        false -> ok
    end.
