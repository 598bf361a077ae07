%% Starts the processes of a design: the start functions that stand in child specs, and the callback of its supervisors.
%% The supervisors themselves are OTP's `supervisor` and, in the elixir dialect, Elixir's own modules.
-module(treefall_child).
-behaviour(supervisor).
-export([start/2, start_dynamic/3, start_partition/3, child_spec/2, init/1]).

-define(DYNAMIC, 'Elixir.DynamicSupervisor').
-define(PARTITION, 'Elixir.PartitionSupervisor').
-define(REGISTRY, 'Elixir.Registry').
-define(TASKS, 'Elixir.Task.Supervisor').

%% The start function: runs in the supervisor (or in the application's master).
start(Index, {Id, _} = Key) ->
    Design = treefall_design:get(Index),
    #{role := Role} = Node = treefall_design:node(Design, Id),
    Attempt = ets:update_counter(maps:get(table, Design), {attempts, Key}, 1, {{attempts, Key}, 0}),
    treefall_log:row(Design, {starting, self(), Key, Attempt}),
    case start(Role, Design, Node, Key, Attempt) of
        {ok, Pid} ->
            treefall_log:row(Design, {process, Pid, Key, Attempt}),
            {ok, Pid};
        ignore ->
            treefall_log:row(Design, {start_ignored, Key, Attempt}),
            ignore;
        {error, Reason} ->
            treefall_log:row(Design, {start_failed, Key, Attempt, Reason}),
            {error, Reason}
    end.

start_dynamic(Index, {_, Copies}, {Id, Copy}) -> start(Index, {Id, Copies ++ [Copy]}).

%% Elixir's partition supervisor has no callback of ours: it is known from its first start on.
start_partition(Index, {_, Copies} = Supervisor, {Id, Copy}) ->
    #{table := Table} = Design = treefall_design:get(Index),
    [{_, Attempt}] = ets:lookup(Table, {attempts, Supervisor}),
    treefall_log:row(Design, {process, self(), Supervisor, Attempt}),
    start(Index, {Id, Copies ++ [Copy]}).

start(worker, #{index := Index} = Design, Node, Key, Attempt) ->
    Options = case Node of
                  #{init := #{timeout := Timeout}} when Timeout =/= infinity ->
                      [{timeout, treefall_design:ms(Timeout)}];
                  _ -> []
              end,
    Argument = {Index, Key, Attempt},
    Started = case treefall_design:is_dynamic(Design, Key) of
                  true -> gen_server:start_link(treefall_worker, Argument, Options);
                  false ->
                      gen_server:start_link({local, treefall_design:name(Design, Key)}, treefall_worker, Argument, Options)
              end,
    Elsewhere = {error, treefall_registry:elsewhere()},
    case Started of
        Elsewhere -> start(worker, Design, Node, Key, Attempt);
        _ -> Started
    end;
start(supervisor, #{index := Index} = Design, Node, Key, Attempt) ->
    Name = treefall_design:name(Design, Key),
    Argument = {Index, Key, Attempt},
    case {module(Node, Design), treefall_design:is_dynamic(Design, Key)} of
        {supervisor, true} -> supervisor:start_link(?MODULE, Argument);
        {supervisor, false} -> supervisor:start_link({local, Name}, ?MODULE, Argument);
        {?DYNAMIC, true} -> ?DYNAMIC:start_link(?MODULE, Argument);
        {?DYNAMIC, false} -> ?DYNAMIC:start_link(?MODULE, Argument, [{name, Name}]);
        {?REGISTRY, _} -> treefall_registry:start_link(Design, Key, Name);
        {?PARTITION, _} -> start_partitions(Index, Node, Key, Name);
        {?TASKS, Nameless} ->
            #{intensity := Intensity, period := Period, max_children := Most} = Node,
            ?TASKS:start_link([{max_restarts, Intensity}, {max_seconds, Period}, {max_children, Most}
                               | [{name, Name} || not Nameless]])
    end.

module(#{simple := true}, _) -> supervisor;
module(#{kind := dynamic}, _) -> ?DYNAMIC;
module(#{kind := registry}, _) -> ?REGISTRY;
module(#{kind := task}, _) -> ?TASKS;
module(#{kind := partition}, #{dialect := elixir}) -> ?PARTITION;
module(_, _) -> supervisor.

%% Elixir makes the partitions of one child spec, handing each its number.
start_partitions(Index, #{children := [Child]} = Node, Key, Name) ->
    Design = treefall_design:get(Index),
    #{count := Count} = ChildNode = treefall_design:node(Design, Child),
    Number = fun([Parent, _], Partition) -> [Index, Parent, {Child, Partition}] end,
    Spec = (shape(ChildNode))#{id => partition, start => {?MODULE, start_partition, [Index, Key, {Child, 0}]}},
    #{strategy := Strategy, intensity := Intensity, period := Period} = Node,
    ?PARTITION:start_link([{child_spec, Spec}, {name, Name}, {partitions, Count}, {strategy, Strategy},
                           {max_restarts, Intensity}, {max_seconds, Period},
                           {with_arguments, fun([_ | Rest], Partition) -> Number(Rest, Partition) end}]).

%% ---- the supervisors' callback ----

init({Index, {Id, _} = Key, Attempt}) ->
    Design = treefall_design:get(Index),
    treefall_log:row(Design, {process, self(), Key, Attempt}),
    treefall_design:came_up(Design, Key),
    treefall_reseeding:came_up(Design, Key),
    #{strategy := Strategy, intensity := Intensity, period := Period} = Node = treefall_design:node(Design, Id),
    case {module(Node, Design), Node} of
        {?DYNAMIC, #{max_children := Most}} ->
            ?DYNAMIC:init([{strategy, one_for_one}, {max_restarts, Intensity}, {max_seconds, Period},
                           {max_children, Most}]);
        {supervisor, #{simple := true, auto_shutdown := Auto, children := [Child | _]}} ->
            Spec = (shape(treefall_design:node(Design, Child)))#{
                     id => Child, start => {?MODULE, start_dynamic, [Index, Key]}},
            {ok, {#{strategy => simple_one_for_one, intensity => Intensity, period => Period, auto_shutdown => Auto},
                  [Spec]}};
        {supervisor, #{auto_shutdown := Auto, children := Children}} ->
            Specs = [child_spec(Design, ChildKey)
                     || Child <- Children, ChildKey <- treefall_design:place(Design, Key, Child)],
            {ok, {#{strategy => Strategy, intensity => Intensity, period => Period, auto_shutdown => Auto}, Specs}}
    end.

child_spec(#{index := Index} = Design, {Id, _} = Key) ->
    (shape(treefall_design:node(Design, Id)))#{id => Key, start => {?MODULE, start, [Index, Key]}}.

shape(#{role := Role, restart := Restart, shutdown := Shutdown, significant := Significant}) ->
    #{restart => Restart, shutdown => Shutdown, type => Role, significant => Significant}.
