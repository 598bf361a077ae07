%% Elixir's Registry, for a supervisor whose children are the partitions of one (beam/registry.cpp says which are).
%% Elixir starts the partitions by itself: the VM's tracing tells of their starts. Who links to a partition registers
%% with it, and which partition that is depends on its pid: a process with another pid is started until one fits.
-module(treefall_registry).
-export([prepare/0, start_link/3, is_partition/2, name/3, is_home/1, elsewhere/0, register_with/2, rows/2]).

-define(REGISTRY, 'Elixir.Registry').
-define(PARTITION, 'Elixir.Registry.Partition').

start_link(#{table := Table} = Design, {Id, _} = Key, Name) ->
    #{strategy := Strategy, children := Children} = treefall_design:node(Design, Id),
    Partitions = [Partition || Child <- Children, Partition <- treefall_design:place(Design, Key, Child)],
    ets:insert(Table, [{{partition, treefall_design:name(Design, Partition)}, Partition} || Partition <- Partitions]),
    Keys = case Strategy of
               one_for_all -> unique;
               one_for_one -> duplicate
           end,
    case ?REGISTRY:start_link([{keys, Keys}, {name, Name}, {partitions, length(Partitions)}]) of
        {ok, Pid} ->
            lists:foreach(fun(Partition) -> call_waiting(Table, Partition) end, Partitions),
            {ok, Pid};
        Other -> Other
    end.

call_waiting(Table, Partition) ->
    [Pid ! {treefall_register, Partition}
     || Pid <- ets:select(Table, [{{{waits_for, Partition, '$1'}}, [], ['$1']}])].

is_partition(Design, {Id, _}) ->
    case treefall_design:node(Design, Id) of
        #{partition := Number} -> Number =/= none;
        _ -> false
    end.

%% What Elixir calls a partition, by its registry's name.
name(Design, {Registry, Copies}, Number) ->
    Above = atom_to_binary(treefall_design:name(Design, {Registry, lists:droplast(Copies)})),
    binary_to_atom(<<"Elixir.", Above/binary, ".PIDPartition", (integer_to_binary(Number))/binary>>).

%% Does the calling process belong to the partitions that its node registers with?
is_home(#{registers := Homes}) ->
    lists:all(fun({Partitions, Number}) -> erlang:phash2(self(), Partitions) =:= Number end, Homes).

%% Why one that does not is not started.
elsewhere() -> {shutdown, treefall_elsewhere}.

%% A registry without this partition raises: the wish stays, for when it comes up.
register_with(#{table := Table} = Design, {Id, Copies} = Partition) ->
    #{parent := Registry} = treefall_design:node(Design, Id),
    Name = treefall_design:name(Design, {Registry, lists:droplast(Copies)}),
    try ?REGISTRY:'register'(Name, self(), []) of
        {ok, _} -> ets:delete(Table, {waits_for, Partition, self()})
    catch
        error:_ -> ok
    end.

%% ---- what the VM's tracing tells ----

%% Where there is Elixir. What a registry needs is loaded with the first one, which takes some milliseconds.
prepare() ->
    case code:ensure_loaded(?PARTITION) of
        {module, _} ->
            {ok, First} = ?REGISTRY:start_link([{keys, unique}, {name, treefall_first_registry}]),
            {ok, _} = ?REGISTRY:'register'(treefall_first_registry, first, []),
            unlink_all(),
            exit(First, kill),
            1 = erlang:trace_pattern({?PARTITION, start_link, 2}, [{'_', [], [{return_trace}]}], [local]),
            ok;
        {error, _} -> none
    end.

unlink_all() ->
    {links, Linked} = process_info(self(), links),
    lists:foreach(fun(Pid) -> unlink(Pid) end, Linked).

%% The rows with those of the partitions' starts in the words of other starts.
rows(#{table := Table}, Rows) ->
    {Told, _} = lists:mapfoldl(fun(Row, Starts) -> told(Table, Row, Starts) end, #{}, Rows),
    Told.

told(Table, {Stamp, {partition_starts, Supervisor, Name}}, Starts) ->
    [{_, Key}] = ets:lookup(Table, {partition, Name}),
    Attempt = maps:get(Key, Starts, 0) + 1,
    {{Stamp, {starting, Supervisor, Key, Attempt}}, Starts#{Key => Attempt, Supervisor => Key}};
told(_, {Stamp, {partition_started, Supervisor, Result}}, Starts) ->
    #{Supervisor := Key} = Starts,
    #{Key := Attempt} = Starts,
    case Result of
        {ok, Pid} -> {{Stamp, {process, Pid, Key, Attempt}}, Starts};
        {error, Reason} -> {{Stamp, {start_failed, Key, Attempt, Reason}}, Starts}
    end;
told(_, Row, Starts) -> {Row, Starts}.
